// SPDX-License-Identifier: Apache-2.0
// Tables that are asked with words of others.

/** What a table has under a name that somebody else has chosen: "constructor" is in none of them. */
export const lookUp = <T>(table: Record<string, T>, name: string | undefined): T | undefined => (name !== undefined && Object.hasOwn(table, name) ? table[name] : undefined);

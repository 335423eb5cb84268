// SPDX-License-Identifier: Apache-2.0
// Addresses as people type them.

/** A whole address: a name alone is one of this server. */
export function wholeAddress(typed: string, domain: string): string | undefined {
  const text = typed.trim().toLowerCase().replace(/^xmpp:/, "").split(/[?/]/)[0] ?? "";
  if (!text || /\s/.test(text)) return undefined;
  return text.includes("@") ? text : `${text}@${domain}`;
}

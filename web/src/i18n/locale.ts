// SPDX-License-Identifier: Apache-2.0
// The locale now in use and its formatters, made once each: they are costly to make.
let name = "en";
const made = new Map<string, unknown>();

/** The locale now in use. */
export const locale = (): string => name;

/** Changes the locale; formatters of the old one are forgotten. */
export function setLocale(next: string): void {
  name = next;
  made.clear();
}

/** The formatter called ID, made when it is first wanted in this locale. */
export function formatter<T>(id: string, make: (locale: string) => T): T {
  const known = made.get(id) as T | undefined;
  if (known !== undefined) return known;
  const fresh = make(name);
  made.set(id, fresh);
  return fresh;
}

/** A number as the language writes it. */
export const numberText = (n: number): string => formatter("number", (l) => new Intl.NumberFormat(l)).format(n);

// SPDX-License-Identifier: Apache-2.0
// How well a few typed letters fit a name: its beginning, the beginning of a word, somewhere inside, letters in their order, one typing
// error. Pure. The best of each kind is always better than the next kind; among equals the more recent wins.

export interface Fit {
  score: number;
  /** Half-open ranges of the name that were meant. */
  ranges: [number, number][];
}

const KINDS = { prefix: 5, word: 4, inside: 3, letters: 2, typo: 1 } as const;
const LETTERS_FROM = 2;
const TYPO_FROM = 3;

/** Small letters without marks; as long as the text, so that places stay the same. */
export function fold(text: string): string {
  return [...text].map((one) => {
    const plain = one.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    return plain.length === one.length ? plain : one.toLowerCase().length === one.length ? one.toLowerCase() : one;
  }).join("");
}

const WORD = /[\p{L}\p{N}]+/gu;
const wordsOf = (text: string): { text: string; at: number }[] => [...text.matchAll(WORD)].map((one) => ({ text: one[0], at: one.index }));

function inOrder(query: string, text: string): [number, number][] | undefined {
  const ranges: [number, number][] = [];
  let at = 0;
  for (const one of query) {
    const found = text.indexOf(one, at);
    if (found < 0) return undefined;
    const last = ranges.at(-1);
    if (last && last[1] === found) last[1] = found + one.length;
    else ranges.push([found, found + one.length]);
    at = found + one.length;
  }
  return ranges;
}

/** Whether one letter more, less, other, or two changed about make a of b. */
export function isOneOff(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  if (a.slice(at + 1) === b.slice(at + 1)) return true;
  if (a.slice(at + 1) === b.slice(at) || a.slice(at) === b.slice(at + 1)) return true;
  return a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}

function oneTyped(query: string, text: string): Fit | undefined {
  if (text.startsWith(query)) return { score: KINDS.prefix, ranges: [[0, query.length]] };
  const words = wordsOf(text);
  const word = words.find((one) => one.text.startsWith(query));
  if (word) return { score: KINDS.word, ranges: [[word.at, word.at + query.length]] };
  const inside = text.indexOf(query);
  if (inside >= 0) return { score: KINDS.inside, ranges: [[inside, inside + query.length]] };
  const ranges = query.length >= LETTERS_FROM ? inOrder(query, text) : undefined;
  if (ranges) return { score: KINDS.letters + 1 / (1 + ranges.length), ranges };
  if (query.length < TYPO_FROM) return undefined;
  const near = words.find((one) => [-1, 0, 1].some((more) => isOneOff(query, one.text.slice(0, query.length + more))));
  return near && { score: KINDS.typo, ranges: [[near.at, Math.min(near.at + query.length, near.at + near.text.length)]] };
}

/** How QUERY fits NAME; undefined: not at all. Several words may stand in any order. */
export function fit(query: string, name: string): Fit | undefined {
  const [wanted, text] = [fold(query.trim()), fold(name)];
  if (!wanted) return { score: 0, ranges: [] };
  const whole = oneTyped(wanted, text);
  const parts = wanted.split(/\s+/);
  if (whole || parts.length === 1) return whole;
  const fits = parts.map((part) => oneTyped(part, text));
  if (fits.some((one) => one === undefined)) return undefined;
  return { score: Math.min(...fits.map((one) => one?.score ?? 0)), ranges: fits.flatMap((one) => one?.ranges ?? []).toSorted((a, b) => a[0] - b[0]) };
}

export interface Ranked<T> {
  item: T;
  fit: Fit;
}

/** The best first; RECENT says when something was used last, milliseconds. */
export function rank<T>(query: string, items: readonly T[], nameOf: (item: T) => string, recent: (item: T) => number): Ranked<T>[] {
  return items.map((item) => ({ item, fit: fit(query, nameOf(item)) }))
    .filter((one): one is Ranked<T> => one.fit !== undefined)
    .toSorted((a, b) => b.fit.score - a.fit.score || recent(b.item) - recent(a.item) || nameOf(a.item).length - nameOf(b.item).length);
}

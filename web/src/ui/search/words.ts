// SPDX-License-Identifier: Apache-2.0
// What is typed into the search: operators and words (docs/search.md). Pure.

export const OPERATORS = ["from", "in", "has", "before", "after", "thread", "mentions"] as const;
export type Operator = (typeof OPERATORS)[number];

export type Token = { kind: "word"; text: string } | { kind: "operator"; name: Operator; value: string; text: string };

const PART = /([a-z]+):("[^"]*"|\S*)|"[^"]*"?|\S+/gi;

/** The tokens of a search. */
export function tokens(text: string): Token[] {
  return [...text.matchAll(PART)].map((found): Token => {
    const name = found[1]?.toLowerCase() as Operator | undefined;
    return name && OPERATORS.includes(name) ? { kind: "operator", name, value: (found[2] ?? "").replace(/"/g, ""), text: found[0] } : { kind: "word", text: found[0] };
  });
}

/** Words that are marked in what was found; phrases as a whole. */
export const marked = (text: string): string[] => tokens(text).flatMap((one) => (one.kind === "word" ? [one.text.replace(/"/g, "")] : [])).filter(Boolean);

/** The operator, or the beginning of one, that is typed at the end. */
export function typing(text: string): { name: Operator; value: string; from: number } | { begins: string; from: number } | undefined {
  const found = /(?:^|\s)([a-z]*)(:("[^"]*|\S*))?$/i.exec(text);
  if (!found) return undefined;
  const from = text.length - (found[0].trimStart().length);
  const word = (found[1] ?? "").toLowerCase();
  if (found[2] !== undefined) return OPERATORS.includes(word as Operator) ? { name: word as Operator, value: (found[3] ?? "").replace(/^"/, ""), from } : undefined;
  return word ? { begins: word, from } : undefined;
}

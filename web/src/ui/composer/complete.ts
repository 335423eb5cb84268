// SPDX-License-Identifier: Apache-2.0
// What is being typed that could be completed: @name, #room, :emoji:, /command. Pure.

export type TriggerKind = "person" | "room" | "emoji" | "command";

export interface Trigger {
  kind: TriggerKind;
  /** From the sign on, half-open. */
  from: number;
  to: number;
  /** Behind the sign. */
  word: string;
}

const SIGNS: Record<string, TriggerKind> = { "@": "person", "#": "room", ":": "emoji" };
const WORD_MAX = 40;

/** The trigger at the caret, if there is one: its sign stands at a border of words. */
export function triggerAt(text: string, caret: number): Trigger | undefined {
  if (text.startsWith("/") && !text.slice(0, caret).includes(" ") && !text.slice(0, caret).includes("\n")) return { kind: "command", from: 0, to: caret, word: text.slice(1, caret) };
  for (let at = caret - 1; at >= 0 && caret - at <= WORD_MAX; at--) {
    const sign = text[at] ?? "";
    if (/\s/.test(sign)) return undefined;
    const kind = SIGNS[sign];
    if (!kind) continue;
    const before = text[at - 1];
    if (before !== undefined && !/[\s([{"'“‘*_~>]/.test(before)) return undefined;
    const word = text.slice(at + 1, caret);
    if (kind === "emoji" && word.length < 2) return undefined;
    return { kind, from: at, to: caret, word };
  }
  return undefined;
}

const plain = (text: string): string => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** How well a name fits what was typed: 0 not at all; the beginning of the name before the beginning of a word before the inside. */
export function fits(name: string, word: string): number {
  const [whole, typed] = [plain(name), plain(word)];
  if (!typed) return 1;
  if (whole.startsWith(typed)) return 4;
  if (whole.split(/[\s._-]+/).some((part) => part.startsWith(typed))) return 3;
  return whole.includes(typed) ? 2 : 0;
}

/** The best of a list, best first, equal ones in their order. */
export function best<T>(list: readonly T[], word: string, names: (one: T) => string[], most = 8): T[] {
  return list
    .map((one, place) => ({ one, place, fit: Math.max(...names(one).map((name) => fits(name, word))) }))
    .filter(({ fit }) => fit > 0)
    .toSorted((a, b) => b.fit - a.fit || a.place - b.place)
    .slice(0, most)
    .map(({ one }) => one);
}

// SPDX-License-Identifier: Apache-2.0
// The emoji by name and by group, fetched when they are first needed.
import { language } from "../../i18n/index.ts";

export interface Emoji {
  emoji: string;
  /** In the language of the page. */
  name: string;
  /** Other words it is found by, and its short names, with spaces between. */
  words: string;
  group: number;
  /** The five skin tones, light to dark; none for most. */
  tones: string[];
}

const loaded = new Map<string, Promise<Emoji[]>>();

/** All of them, in the order of Unicode. */
export function loadEmoji(): Promise<Emoji[]> {
  const name = language() === "zh" ? "zh" : "en";
  let found = loaded.get(name);
  if (!found) {
    found = (name === "zh" ? import("virtual:emoji/zh") : import("virtual:emoji/en"))
      .then((made) => made.default.map(([emoji, label, words, group, ...tones]) => ({ emoji, name: label, words, group, tones })));
    loaded.set(name, found);
  }
  return found;
}

function rank(one: Emoji, query: string): number {
  if (one.name === query) return 0;
  if (one.name.startsWith(query)) return 1;
  const words = `${one.name} ${one.words.replaceAll("_", " ")}`.toLowerCase().split(/\s+/u);
  if (words.includes(query)) return 2;
  if (words.some((word) => word.startsWith(query))) return 3;
  return one.name.toLowerCase().includes(query) || one.words.replaceAll("_", " ").includes(query) ? 4 : -1;
}

/** Those that fit, best first. */
export function findEmoji(all: readonly Emoji[], text: string): Emoji[] {
  const query = text.trim().toLowerCase().replace(/^:|:$/gu, "").replaceAll("_", " ");
  if (query === "") return [...all];
  return all.map((one) => ({ one, at: rank(one, query) })).filter(({ at }) => at >= 0).toSorted((a, b) => a.at - b.at).map(({ one }) => one);
}

// SPDX-License-Identifier: Apache-2.0
// The emoji of the picker, one module a language ("virtual:emoji/en"), made from the data of Unicode's CLDR that emojibase-data has.
import { createRequire } from "node:module";
import type { Plugin } from "vite";

const require = createRequire(import.meta.url);
const PREFIX = "virtual:emoji/";
const LANGUAGES = ["en", "zh"];
const COMPONENT = 2; // the group of skin tones and hair
const TONES = ["1F3FB", "1F3FC", "1F3FD", "1F3FE", "1F3FF"];

interface Compact {
  hexcode: string;
  label: string;
  unicode: string;
  group?: number;
  order?: number;
  tags?: string[];
  skins?: Compact[];
}

/** The five that have one tone, in the order of the tones. */
function tonesOf(one: Compact): string[] {
  return TONES.map((tone) => (one.skins ?? []).find((skin) => skin.hexcode.split("-").some((part) => part === tone) && !skin.hexcode.split("-").some((part) => TONES.includes(part) && part !== tone))?.unicode ?? "");
}

/** Without the selector where it says nothing, as other clients send them. */
const plain = (emoji: string): string => (/^\p{Emoji_Presentation}\ufe0f$/u.test(emoji) ? emoji.slice(0, -1) : emoji);

/** [emoji, name, other words, group, tones…] */
function rows(language: string): unknown[] {
  const all = require(`emojibase-data/${language}/compact.json`) as Compact[];
  const short = require("emojibase-data/en/shortcodes/github.json") as Record<string, string | string[]>;
  return all.filter((one) => one.group !== undefined && one.group !== COMPONENT && one.order !== undefined).toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0))
    .map((one) => [plain(one.unicode), one.label, [...(one.tags ?? []), ...[short[one.hexcode] ?? []].flat()].join(" "), one.group, ...(one.skins ? tonesOf(one) : [])]);
}

/** Serves the modules. */
export const emoji = (): Plugin => ({
  name: "emoji",
  resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : undefined),
  load(id) {
    const language = id.startsWith(`\0${PREFIX}`) ? id.slice(PREFIX.length + 1) : "";
    return LANGUAGES.includes(language) ? `export default JSON.parse(${JSON.stringify(JSON.stringify(rows(language)))})` : undefined;
  },
});

// SPDX-License-Identifier: Apache-2.0
// Text of strangers, made harmless to look at: no control characters, nothing that turns the text around it, no towers of accents. Pure.

// Controls but for tab and new line; overrides and embeddings, which only serve to deceive where isolates exist; invisible fillers.
// oxlint-disable-next-line no-control-regex -- it is what this file is about
const CONTROLS = /[\u{0000}-\u{0008}\u{000b}-\u{001f}\u{007f}-\u{009f}\u{202a}-\u{202e}\u{feff}\u{fff9}-\u{fffb}]/gu;
// In one line of its own every mark of direction goes, and what cannot be seen at all.
const INVISIBLE = /\u034f|\u17b4|\u17b5|[\u180b-\u180e]|[\u00ad\u061c\u115f\u1160\u200b\u200e\u200f\u2060-\u206f\u3164\uffa0]|[\u{1d173}-\u{1d17a}]/gu;
const TOWER = /(\p{M}{4})\p{M}+/gu;
const JOINERS = /^[\u200c\u200d\s]+$/u;

/** The longest name that is shown, in UTF-16 units. */
export const NAME_MAX = 100;

/** Text of a message: lines and tabs stay. Cheap where there is nothing to clean. */
export function cleanText(text: string): string {
  return text.replace(CONTROLS, "").replace(TOWER, "$1");
}

/** A name, nick, subject or status in one line, cut at MOST units; FALLBACK (an address) where nothing is left to be seen. */
export function cleanLine(text: string, fallback = "", most = NAME_MAX): string {
  const line = cleanText(text.slice(0, 4 * most).replace(/\s+/gu, " ")).replace(INVISIBLE, "").trim();
  if (line === "" || JOINERS.test(line)) return fallback;
  return cut(line, most);
}

// Never between the halves of a pair, nor between a letter and its accents.
function cut(line: string, most: number): string {
  if (line.length <= most) return line;
  let end = most - 1;
  while (end > 1 && /^[\p{M}\u200d\udc00-\udfff]/u.test(line.slice(end, end + 2))) end--;
  if (/[\ud800-\udbff]$/.test(line.slice(0, end))) end--;
  return `${line.slice(0, end).trimEnd()}…`;
}

/** A file name: one line in which the ending stays, however long the name is; no folder, so that none is promised. */
export function cleanFileName(name: string, fallback: string, most = NAME_MAX): string {
  const base = cleanLine(name.split(/[\\/]/).pop() ?? "", fallback, 1000);
  if (base.length <= most) return base;
  const dot = base.lastIndexOf(".");
  const ending = dot > 0 && base.length - dot <= 12 ? base.slice(dot) : "";
  return cut(base.slice(0, base.length - ending.length), most - ending.length) + ending;
}

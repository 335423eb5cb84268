// SPDX-License-Identifier: Apache-2.0
// Whether the name of a host can be shown in its own letters, or only in the form that deceives nobody (xn--). Pure.

const SCRIPTS: readonly (readonly [name: string, has: RegExp])[] = [
  ["latin", /\p{Script=Latin}/u],
  ["cyrillic", /\p{Script=Cyrillic}/u],
  ["greek", /\p{Script=Greek}/u],
  ["han", /\p{Script=Han}/u],
  ["kana", /[\p{Script=Hiragana}\p{Script=Katakana}]/u],
  ["hangul", /\p{Script=Hangul}/u],
  ["bopomofo", /\p{Script=Bopomofo}/u],
  ["arabic", /\p{Script=Arabic}/u],
  ["hebrew", /\p{Script=Hebrew}/u],
  ["thai", /\p{Script=Thai}/u],
  ["devanagari", /\p{Script=Devanagari}/u],
  ["armenian", /\p{Script=Armenian}/u],
  ["georgian", /\p{Script=Georgian}/u],
];
/** Scripts that are written together. */
const TOGETHER = [["latin", "han", "kana"], ["latin", "han", "hangul"], ["latin", "han", "bopomofo"]];
/** A label of nothing but these reads as Latin. */
const LATIN_LOOKALIKE = /^[асԁеһіјӏорԛѕԝхуъьпгѵѡꙇεοαινρυκ0-9-]+$/u;

function isHonestLabel(label: string, lastIsLatin: boolean): boolean {
  if (/^[a-z0-9-]*$/.test(label)) return !label.startsWith("xn--");
  if (label !== label.normalize("NFKC").toLowerCase() || !/^[\p{L}\p{M}0-9-]+$/u.test(label) || /^\p{M}|\p{M}{3}/u.test(label)) return false;
  const signs = [...label].filter((sign) => /\p{L}/u.test(sign));
  const used = SCRIPTS.filter(([, has]) => signs.some((sign) => has.test(sign))).map(([name]) => name);
  if (used.length === 0 || signs.some((sign) => !SCRIPTS.some(([, has]) => has.test(sign)))) return false;
  if (used.length > 1 && !TOGETHER.some((group) => used.every((name) => group.includes(name)))) return false;
  // Letters with an accent are one letter in the normal form; accents that are left over belong to no European word.
  if (/\p{M}/u.test(label) && used.some((name) => ["latin", "cyrillic", "greek"].includes(name))) return false;
  return !(lastIsLatin && LATIN_LOOKALIKE.test(label));
}

/** Whether every label of a host (lower case, without port) is of one script, in its normal form, and does not read as another one. */
export function isHonestHost(host: string): boolean {
  const labels = host.split(".");
  const lastIsLatin = /^[a-z]+$/.test(labels.at(-1) ?? "");
  return labels.every((label) => isHonestLabel(label, lastIsLatin));
}

// SPDX-License-Identifier: Apache-2.0
// What stands for a person or a room that has no picture: one of ten tints, and the first letter.

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** By what somebody is told apart: the name in front of the @, or the nick, so that one has the same tint in rooms and in chats. */
export const tintOf = (jid: string): string => (jid.includes("/") ? jid.slice(jid.indexOf("/") + 1) : (jid.split("@")[0] ?? jid));

const KNOWN_MAX = 2000; // hues that are remembered: each row of each list asks
const known = new Map<string, number>();
const encoder = new TextEncoder();

/** 1 to 10 from a text: the same on every device (FNV-1a). */
export function hueOf(address: string): number {
  const before = known.get(address);
  if (before !== undefined) return before;
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(address.toLowerCase())) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(address, (hash % 10) + 1);
  return (hash % 10) + 1;
}

/** The first letter, digit or emoji of a name, or "" if it has none. Looks at the first 64 characters only. */
export function initialOf(name: string): string {
  if (/^[A-Za-z0-9](?:[ -~]|$)/.test(name)) return name.charAt(0).toLocaleUpperCase(); // nothing can join it: the segmenter is slow
  for (const { segment } of segmenter.segment(name.slice(0, 64))) {
    if (!/^[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(segment)) continue;
    return segment.length > 16 ? (String.fromCodePoint(segment.codePointAt(0) ?? 0x3f)) : segment.toLocaleUpperCase();
  }
  return "";
}

// SPDX-License-Identifier: Apache-2.0
// What stands for a person or a room that has no picture: one of ten tints, and the first letter. Pure.

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** By what somebody is told apart: the name in front of the @, or the nick, so that one has the same tint in rooms and in chats. */
export const tintOf = (jid: string): string => (jid.includes("/") ? jid.slice(jid.indexOf("/") + 1) : (jid.split("@")[0] ?? jid));

/** 1 to 10 from a text: the same on every device (FNV-1a). */
export function hueOf(address: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(address.toLowerCase())) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return (hash % 10) + 1;
}

/** The first letter, digit or emoji of a name, or "" if it has none. Looks at the first 64 characters only. */
export function initialOf(name: string): string {
  for (const { segment } of segmenter.segment(name.slice(0, 64))) {
    if (!/^[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(segment)) continue;
    return segment.length > 16 ? (String.fromCodePoint(segment.codePointAt(0) ?? 0x3f)) : segment.toLocaleUpperCase();
  }
  return "";
}

// SPDX-License-Identifier: Apache-2.0
// Emoji in text: messages of nothing else are larger. Pure.

const ONE = /^(?:\p{RI}{2}|[0-9#*]\ufe0f?\u20e3|(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|\p{Extended_Pictographic}\p{EMod})(?:[\p{EMod}\p{Extended_Pictographic}\u{e0020}-\u{e007f}]|\ufe0f|\u200d)*)$/u;
const LONGEST = 120;
const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Whether one grapheme is an emoji, and not a sign such as © or a digit. */
export const isEmoji = (grapheme: string): boolean => ONE.test(grapheme);

/** How many emoji a text consists of, if it is one to three and nothing else; else 0. */
export function emojiOnly(text: string): number {
  if (text.length > LONGEST || text === "" || /\p{L}/u.test(text)) return 0;
  let n = 0;
  for (const { segment } of segmenter.segment(text)) {
    if (segment.trim() === "") continue;
    if (!isEmoji(segment) || ++n > 3) return 0;
  }
  return n;
}

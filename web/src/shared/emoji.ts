// SPDX-License-Identifier: Apache-2.0
// When two ways to write an emoji mean the same.

/** Without the signs that only ask for a picture (U+FE0F): clients write "❤" with and without one. */
export const plainEmoji = (emoji: string): string => emoji.replaceAll("\uFE0F", "");

/** The one among these that is the same emoji, however it is written. */
export const sameEmoji = (among: Iterable<string>, emoji: string): string | undefined => {
  for (const one of among) if (plainEmoji(one) === plainEmoji(emoji)) return one;
  return undefined;
};

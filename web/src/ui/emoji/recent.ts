// SPDX-License-Identifier: Apache-2.0
// Which emoji were chosen last, and in which skin tone; remembered by this browser.
import { signal } from "@preact/signals";
import { recall, remember } from "../kit/memory.ts";

const KEPT = 24;
const FIRST = ["👍", "❤️", "😄", "🎉", "👀", "🙏"];

const stored = (): string[] => {
  const kept = recall("emoji")?.split(" ").filter((one) => one !== "" && one.length <= 32) ?? [];
  return [...new Set([...kept, ...FIRST])].slice(0, KEPT);
};

/** Newest first; some that many people use until there are own ones. */
export const recentEmoji = signal<readonly string[]>(stored());
/** 0: none, 1 to 5: light to dark. */
export const skinTone = signal(Math.min(5, Math.max(0, Number(recall("skin-tone") ?? 0) || 0)));

/** Was chosen just now. */
export function noteEmoji(emoji: string): void {
  recentEmoji.value = [...new Set([emoji, ...recentEmoji.peek()])].slice(0, KEPT);
  remember("emoji", recentEmoji.peek().join(" "));
}

/** From now on in this tone. */
export function setSkinTone(tone: number): void {
  skinTone.value = tone;
  remember("skin-tone", tone ? String(tone) : undefined);
}

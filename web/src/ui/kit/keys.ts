// SPDX-License-Identifier: Apache-2.0
// Keys as they are written down: "Mod+Shift+M", where Mod is Ctrl, or Command on Apple's machines. Pure but for the question which machine.

/** Whether this machine has a Command key. */
export const isApple = (): boolean => typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

const WORDS: Record<string, [plain: string, apple: string]> = {
  Mod: ["Ctrl", "⌘"], Ctrl: ["Ctrl", "⌃"], Alt: ["Alt", "⌥"], Shift: ["Shift", "⇧"], Escape: ["Esc", "Esc"],
  ArrowUp: ["↑", "↑"], ArrowDown: ["↓", "↓"], ArrowLeft: ["←", "←"], ArrowRight: ["→", "→"], Enter: ["Enter", "↩"],
};

/** The single caps of a chord, as this machine labels them. */
export function keyCaps(chord: string, apple = isApple()): string[] {
  return chord.split("+").map((part) => WORDS[part]?.[apple ? 1 : 0] ?? (part.length === 1 ? part.toUpperCase() : part));
}

/** A chord in one word: "Ctrl K", "⌘K". */
export const keyName = (chord: string, apple = isApple()): string => keyCaps(chord, apple).join(apple ? "" : " ");

/** What of a keyboard event decides which chord it is. */
export interface Stroke {
  key: string;
  code?: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  isComposing?: boolean;
  keyCode?: number;
}

/** The stroke belongs to an input method: it is not for us, whatever key it is. */
export const isComposing = (event: Stroke): boolean => event.isComposing === true || event.keyCode === 229 || event.key === "Process";

/** Whether a stroke is that chord. Letters go by the key, or by its place on the board where the layout has no Latin letters. */
export function isChord(event: Stroke, chord: string, apple = isApple()): boolean {
  if (isComposing(event)) return false;
  const parts = chord.split("+");
  const key = parts.pop() ?? "";
  const wants = { ctrl: parts.includes("Ctrl"), meta: parts.includes("Meta"), alt: parts.includes("Alt"), shift: parts.includes("Shift") };
  if (parts.includes("Mod")) wants[apple ? "meta" : "ctrl"] = true;
  if (event.ctrlKey !== wants.ctrl || event.metaKey !== wants.meta || event.altKey !== wants.alt) return false;
  const isSign = key.length === 1 && !/[a-z0-9]/i.test(key);
  if (!isSign && event.shiftKey !== wants.shift) return false;
  if (event.key.toLowerCase() === key.toLowerCase()) return true;
  const foreign = /^[a-z]$/i.test(key) && event.key.length === 1 && event.key.charCodeAt(0) > 127;
  return foreign && event.code === `Key${key.toUpperCase()}`;
}

// SPDX-License-Identifier: Apache-2.0
// The keys of the client: one table, one listener. Never while an input method composes, nor under a dialog or a menu.
import { useEffect, useRef } from "preact/hooks";
import { isChord, isComposing } from "./keys.ts";

/** What can be done by a key from anywhere, and by which; each has a sentence "keys.NAME". */
export const KEYS = {
  switcher: "Mod+K",
  previous: "Alt+ArrowUp",
  next: "Alt+ArrowDown",
  "previous-unread": "Alt+Shift+ArrowUp",
  "next-unread": "Alt+Shift+ArrowDown",
  read: "Escape",
  "read-all": "Shift+Escape",
  mentions: "Mod+Shift+M",
  composer: "Mod+Shift+L",
  pane: "Mod+.",
  "search-here": "Mod+F",
  "search-all": "Mod+Shift+F",
  landmark: "F6",
  "landmark-back": "Shift+F6",
  help: "Mod+/",
} as const;

/** Keys inside the composer, told in the same list; the composer listens for them itself. */
export const COMPOSER_KEYS = { "edit-last": "ArrowUp", "reply-latest": "Shift+ArrowUp", send: "Enter", line: "Shift+Enter" } as const;

/** Single letters; only for those who switched them on, and never in a field. */
export const LETTERS = { "letter-next": "j", "letter-previous": "k", "letter-next-unread": "n", "letter-previous-unread": "p", "letter-reply": "r", "letter-read": "e", "letter-later": "s", "letter-mute": "m" } as const;

export type KeyAction = keyof typeof KEYS | keyof typeof LETTERS;
/** What an action does; false: it was not for me, the next one may have it. */
export type KeyRun = (event: KeyboardEvent) => unknown;
export type KeyTable = Partial<Record<KeyAction, KeyRun>>;

const tables: { current: KeyTable }[] = [];
let lettersOn = (): boolean => false;

/** Says whether single letters are keys now. */
export function watchLetters(on: () => boolean): void {
  lettersOn = on;
}

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button])"));

function actionOf(event: KeyboardEvent): KeyAction | undefined {
  for (const name of Object.keys(KEYS) as (keyof typeof KEYS)[]) if (isChord(event, KEYS[name])) return name;
  if (!lettersOn() || isField(event.target)) return undefined;
  for (const name of Object.keys(LETTERS) as (keyof typeof LETTERS)[]) if (isChord(event, LETTERS[name])) return name;
  return undefined;
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || isComposing(event) || document.querySelector("dialog:modal, [popover]:popover-open")) return;
  const action = actionOf(event);
  if (!action) return;
  for (let at = tables.length - 1; at >= 0; at--) {
    const run = tables[at]?.current[action];
    if (!run || run(event) === false) continue;
    event.preventDefault();
    return;
  }
}

/** Has TABLE answer keys as long as the view is there; the view that came last is asked first. */
export function useHotkeys(table: KeyTable): void {
  const latest = useRef(table);
  latest.current = table;
  useEffect(() => {
    if (tables.length === 0) document.addEventListener("keydown", onKeyDown);
    tables.push(latest);
    return () => {
      tables.splice(tables.indexOf(latest), 1);
      if (tables.length === 0) document.removeEventListener("keydown", onKeyDown);
    };
  }, []);
}

/** F6: moves the focus to the next of the elements with data-f6 (rail, list, main, composer, pane) that can be seen; back with -1. */
export function nextLandmark(step: 1 | -1 = 1): void {
  const places = [...document.querySelectorAll<HTMLElement>("[data-f6]")].filter((one) => one.checkVisibility());
  if (places.length === 0) return;
  // The innermost one: the composer lies in main.
  const at = places.findLastIndex((one) => one.contains(document.activeElement));
  const place = places.at(at < 0 ? (step > 0 ? 0 : -1) : (at + step) % places.length);
  if (!place) return;
  const wanted = place.dataset["f6"];
  const inside = wanted ? place.querySelector<HTMLElement>(wanted) : null;
  const goal = inside ?? place;
  if (!goal.matches("a[href], button, input, textarea, select, [tabindex], [contenteditable]")) goal.tabIndex = -1;
  goal.focus();
}

// SPDX-License-Identifier: Apache-2.0
// Keys and fingers in the log: arrows move between messages, letters act on the one with the focus.
import type { Message } from "../../shared/types.ts";
import { isComposing } from "../kit/keys.ts";
import { actionsOf, isThere } from "./actions.ts";
import { focused, hovered, isInside } from "./at.ts";
import { openMessageMenu, openReactions } from "./Tools.tsx";

/** What the log offers to be walked through. */
export interface Walk {
  /** Keys of the messages, in order. */
  keys: () => string[];
  message: (key: string) => Message | undefined;
  /** Brings a message into view and the focus to it. */
  to: (key: string) => void;
  /** Somebody scrolls: what passes under the pointer is not meant. */
  isMoving: () => boolean;
}

const STILL = 100; // ms
/** Under the pointer when all stands still again. */
let passing: ReturnType<typeof setTimeout> | undefined;

const articleOf = (target: EventTarget | null): HTMLElement | null => (target instanceof Element ? target.closest<HTMLElement>("article.msg") : null);

function stepOf(event: KeyboardEvent, keys: readonly string[], at: number): string | undefined {
  if (event.key === "ArrowUp") return keys[Math.max(0, at - 1)];
  if (event.key === "ArrowDown") return keys[Math.min(keys.length - 1, at + 1)];
  if (event.key === "Home") return keys[0];
  if (event.key === "End") return keys.at(-1);
  return undefined;
}

function act(event: KeyboardEvent, message: Message, article: HTMLElement): boolean {
  if ((event.shiftKey && event.key === "F10") || event.key === "ContextMenu") openMessageMenu(message, article, true);
  else if (event.key === "+" && isThere(message)) openReactions(message, article);
  else if (event.key === "Escape") document.getElementById("composer")?.focus();
  else {
    const action = event.shiftKey ? undefined : actionsOf(message).find((one) => one.key === event.key.toLowerCase());
    action?.run();
    return action !== undefined;
  }
  return true;
}

/** Handlers for the element around the messages. */
export function walker({ keys, message, to, isMoving }: Walk) {
  const point = (key: string | undefined): void => {
    clearTimeout(passing);
    if (isMoving()) passing = setTimeout(() => point(key), STILL);
    else hovered.value = key;
  };
  return {
    onKeyDown: (event: KeyboardEvent): void => {
      const article = articleOf(event.target);
      if (!article || event.target !== article || isComposing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
      const key = article.dataset["key"] ?? "";
      const all = keys();
      const next = stepOf(event, all, all.indexOf(key));
      const here = message(key);
      if (next !== undefined) to(next);
      else if (!here || !act(event, here, article)) return;
      event.preventDefault();
      event.stopPropagation();
    },
    onFocusIn: (event: FocusEvent): void => {
      const key = articleOf(event.target)?.dataset["key"];
      if (key === undefined) return;
      focused.value = key;
      // A press with the mouse brings the focus, too, but is not a wish for the tools.
      isInside.value = articleOf(event.target)?.matches(":focus-visible, :has(:focus-visible)") ?? false;
    },
    onFocusOut: (event: FocusEvent): void => {
      if (!articleOf(event.relatedTarget)) isInside.value = false;
    },
    onPointerOver: (event: PointerEvent): void => {
      const key = articleOf(event.target)?.dataset["key"];
      if (event.pointerType === "mouse" && key !== undefined) point(key);
    },
    onPointerLeave: (): void => {
      clearTimeout(passing);
      hovered.value = undefined;
    },
  };
}

/** The menu of the message at a point, for a finger that stayed there. */
export function onHold(point: { x: number; y: number }, message: (key: string) => Message | undefined): void {
  const here = message(articleOf(document.elementFromPoint(point.x, point.y))?.dataset["key"] ?? "");
  if (here) openMessageMenu(here, point, true);
}

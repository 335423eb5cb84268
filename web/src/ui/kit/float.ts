// SPDX-License-Identifier: Apache-2.0
// What menus and cards have in common: a native popover beside its anchor, closed by Escape, by a press elsewhere, or by the caller.
import { type ComponentChild, render } from "preact";
import { place, type Wish } from "./place.ts";

export type Anchor = HTMLElement | { x: number; y: number };

export interface Float {
  readonly element: HTMLElement;
  close(): void;
}

export interface FloatOptions extends Wish {
  class: string;
  role: "menu" | "dialog" | "listbox";
  /** The name a screen reader says. */
  label: string;
  content: (close: () => void) => ComponentChild;
  onClose?: (() => void) | undefined;
}

/** Where it must hang so that it can be used: in the dialog that covers the page, if its anchor is in one. */
export function layerOf(anchor: Anchor): HTMLElement {
  const open = document.querySelectorAll<HTMLElement>("dialog:modal");
  return (anchor instanceof Element ? anchor.closest("dialog") : null) ?? open[open.length - 1] ?? document.body;
}

const swallow = (event: Event): void => {
  event.stopPropagation();
  event.preventDefault();
};

// The press that closes it must not open it again when it falls on the button that opened it.
function swallowPress(anchor: Anchor): () => void {
  const press = (event: PointerEvent): void => {
    if (!(anchor instanceof Element) || !(event.target instanceof Node) || !anchor.contains(event.target)) return;
    anchor.addEventListener("click", swallow, { capture: true, once: true });
    window.addEventListener("pointerup", () => setTimeout(() => anchor.removeEventListener("click", swallow, true)), { once: true });
  };
  document.addEventListener("pointerdown", press, true);
  return () => document.removeEventListener("pointerdown", press, true);
}

/** Opens a float. The focus goes back to where it was when it closes, unless it has gone elsewhere by then. */
export function openFloat(anchor: Anchor, options: FloatOptions): Float {
  const back = document.activeElement;
  const element = document.createElement("div");
  element.className = options.class;
  element.popover = "auto";
  element.role = options.role;
  element.ariaLabel = options.label;
  layerOf(anchor).append(element);
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    const mine = document.activeElement === document.body || element.contains(document.activeElement);
    unpress();
    unplace();
    if (anchor instanceof Element) anchor.ariaExpanded = "false";
    if (element.matches(":popover-open")) element.hidePopover();
    render(null, element);
    element.remove();
    const target = back instanceof HTMLElement && back.isConnected && back !== document.body ? back : anchor;
    if (mine && target instanceof HTMLElement && target.isConnected) target.focus({ preventScroll: true });
    options.onClose?.();
  };
  element.addEventListener("toggle", (event) => (event as ToggleEvent).newState === "closed" && close());
  render(options.content(close), element);
  element.showPopover();
  const unpress = swallowPress(anchor);
  const unplace = place(element, anchor, options);
  if (anchor instanceof Element) anchor.ariaExpanded = "true";
  return { element, close };
}

// SPDX-License-Identifier: Apache-2.0
// A card beside what it is about: profiles, pickers. On phones it comes from below.
import type { ComponentChild } from "preact";
import { type Anchor, type Float, openFloat } from "./float.ts";
import type { Wish } from "./place.ts";

export interface PopoverOptions extends Wish {
  label: string;
  class?: string;
  content: (close: () => void) => ComponentChild;
  onClose?: () => void;
}

/** Opens a card; the focus goes to what has autofocus, else to its first control. */
export function openPopover(anchor: Anchor, { label, class: more, content, onClose, ...wish }: PopoverOptions): Float {
  const float = openFloat(anchor, { ...wish, class: more ? `pop ${more}` : "pop", role: "dialog", label, content, onClose });
  const { element } = float;
  if (!element.contains(document.activeElement)) {
    const first = element.querySelector<HTMLElement>('[autofocus], input, button, a[href], [tabindex="0"]');
    if (!first) element.tabIndex = -1;
    (first ?? element).focus({ preventScroll: true });
  }
  return float;
}

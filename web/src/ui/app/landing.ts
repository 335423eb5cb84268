// SPDX-License-Identifier: Apache-2.0
// The focus never falls into nothing: when what had it has gone with a view, the heading of the next one gets it.
import { useEffect } from "preact/hooks";
import { route } from "../router.ts";

const FRAMES = 90; // that are waited for a view to be loaded
const SETTLED = 8; // frames after which a focus that is somewhere is meant to be there

let wasOut = false;

/** The door has been shown: who comes in through it is led on. A page that only loads leaves the focus to the browser. */
export const noteDoor = (): void => {
  wasOut = true;
};

const isNowhere = (): boolean => document.activeElement === null || document.activeElement === document.body;

function land(frames: number, free = 0): void {
  if (!isNowhere() && FRAMES - frames >= SETTLED) return;
  const heading = document.querySelector<HTMLElement>("main h1");
  const isFree = isNowhere() && !document.querySelector("dialog:modal, [popover]:popover-open");
  if (heading && isFree && free > 2) {
    if (!heading.hasAttribute("tabindex")) heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  } else if (frames > 0) requestAnimationFrame(() => land(frames - 1, isFree ? free + 1 : 0));
}

/** For the frame: looks after it with every change of the view. */
export function useLanding(): void {
  const { view, rest } = route.value;
  useEffect(() => {
    if (wasOut) land(FRAMES);
    wasOut = true; // from now on every change was asked for here
  }, [view, rest]);
}

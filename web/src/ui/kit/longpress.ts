// SPDX-License-Identifier: Apache-2.0
// A finger that stays: does what the other button of a mouse does.
import { useRef } from "preact/hooks";

const HOLD = 500; // ms
const SLIP = 10; // px
const LIFTED = ["pointerup", "pointercancel"] as const;

interface Hold {
  timer: ReturnType<typeof setTimeout>;
  x: number;
  y: number;
}

/** Runs once when the finger is lifted: what opens under a finger is closed by the lifting of it, as by any press elsewhere. */
function whenLifted(run: () => void): void {
  const lifted = (): void => {
    for (const name of LIFTED) removeEventListener(name, lifted, true);
    setTimeout(run);
  };
  for (const name of LIFTED) addEventListener(name, lifted, true);
}

/**
 * Handlers for an element: RUN gets the point after half a second without moving, when the finger is lifted. Until then what is held
 * (the nearest PART around the finger, or the element) shows it by data-held. The click that would follow does not happen.
 */
export function useLongPress(run: (point: { x: number; y: number }, target: HTMLElement) => void, part?: string) {
  const hold = useRef<Hold>(undefined);
  const fired = useRef(false);
  const end = (): void => {
    clearTimeout(hold.current?.timer);
    hold.current = undefined;
  };
  return {
    onPointerDown: (event: PointerEvent): void => {
      fired.current = false;
      end();
      if (event.pointerType === "mouse" || !event.isPrimary) return;
      const target = event.currentTarget as HTMLElement;
      const held = (part ? (event.target as Element).closest<HTMLElement>(part) : undefined) ?? target;
      const point = { x: event.clientX, y: event.clientY };
      const timer = setTimeout(() => {
        fired.current = true;
        held.dataset["held"] = "";
        whenLifted(() => {
          delete held.dataset["held"];
          run(point, target);
        });
      }, HOLD);
      hold.current = { timer, ...point };
    },
    onPointerMove: (event: PointerEvent): void => {
      const from = hold.current;
      if (from && Math.hypot(event.clientX - from.x, event.clientY - from.y) > SLIP) end();
    },
    onPointerUp: end,
    onPointerCancel: end,
    // No presses of a mouse are made of it: they would close what has opened.
    onTouchEnd: (event: Event): void => {
      if (fired.current && event.cancelable) event.preventDefault();
    },
    onClickCapture: (event: MouseEvent): void => {
      if (!fired.current || event.detail === 0) return; // a press of a key is meant
      fired.current = false;
      event.preventDefault();
      event.stopPropagation();
    },
    // Browsers open their own menu after a long press, or begin to drag what is held.
    onContextMenu: (event: Event): void => {
      if (fired.current || hold.current) event.preventDefault();
    },
    onDragStart: (event: Event): void => {
      if (fired.current || hold.current) event.preventDefault();
    },
  };
}

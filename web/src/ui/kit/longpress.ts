// SPDX-License-Identifier: Apache-2.0
// A finger that stays: does what the other button of a mouse does.
import { useRef } from "preact/hooks";

const HOLD = 500;
const SLIP = 10;

/** Handlers for an element: RUN gets the point after half a second without moving. The click that would follow does not happen. */
export function useLongPress(run: (point: { x: number; y: number }, target: HTMLElement) => void) {
  const hold = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number }>(undefined);
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
      const point = { x: event.clientX, y: event.clientY };
      const timer = setTimeout(() => {
        fired.current = true;
        run(point, target);
      }, HOLD);
      hold.current = { timer, ...point };
    },
    onPointerMove: (event: PointerEvent): void => {
      const from = hold.current;
      if (from && Math.hypot(event.clientX - from.x, event.clientY - from.y) > SLIP) end();
    },
    onPointerUp: end,
    onPointerCancel: end,
    onClickCapture: (event: Event): void => {
      if (!fired.current) return;
      fired.current = false;
      event.preventDefault();
      event.stopPropagation();
    },
    // Browsers open their own menu after a long press.
    onContextMenu: (event: Event): void => {
      if (fired.current || hold.current) event.preventDefault();
    },
  };
}

// SPDX-License-Identifier: Apache-2.0
// The line between two columns: drag it, or move it by arrow keys; a double press gives the width back. The width is kept in a CSS property.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { recall, remember } from "./memory.ts";

export interface SplitProps {
  /** The property of <html> that holds the width: "--pane-w". It also names what is remembered. */
  property: `--${string}`;
  name: string;
  /** Pixels. */
  least: number;
  most: number;
  /** Which edge of the column it lies on: at its start, moving towards the start makes the column wider. */
  edge: "start" | "end";
}

const STEP = 16;

const isRtl = (): boolean => getComputedStyle(document.documentElement).direction === "rtl";
const readWidth = (property: string): number => {
  const probe = document.createElement("div");
  probe.style.cssText = "position:fixed;visibility:hidden";
  probe.style.setProperty("inline-size", `var(${property})`);
  document.body.append(probe);
  const width = probe.offsetWidth;
  probe.remove();
  return width;
};

/** Gives the columns the widths of last time; before the first frame. */
export function recallWidths(properties: readonly string[]): void {
  for (const property of properties) {
    const width = Number(recall(`width${property}`));
    if (Number.isFinite(width) && width >= 120 && width <= 1200) document.documentElement.style.setProperty(property, `${width}px`);
  }
}

/** The handle; stands in the column whose width it changes. */
export function SplitHandle({ property, name, least, most, edge }: SplitProps) {
  const [width, setWidth] = useState(least);
  const drag = useRef<{ x: number; width: number }>(undefined);
  useLayoutEffect(() => setWidth(Math.round(readWidth(property))), [property]);
  const set = (wanted: number, keep: boolean): void => {
    const next = Math.round(Math.max(least, Math.min(most, wanted)));
    document.documentElement.style.setProperty(property, `${next}px`);
    setWidth(next);
    if (keep) remember(`width${property}`, String(next));
  };
  const reset = (): void => {
    document.documentElement.style.removeProperty(property);
    remember(`width${property}`, undefined);
    setWidth(Math.round(readWidth(property)));
  };
  const grows = (): number => (isRtl() === (edge === "start") ? 1 : -1);
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = { ArrowRight: width + STEP * grows(), ArrowLeft: width - STEP * grows(), Home: least, End: most }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    set(to, true);
  };
  const follow = (event: PointerEvent, keep: boolean): void => {
    if (drag.current) set(drag.current.width + (event.clientX - drag.current.x) * grows(), keep);
  };
  return (
    <div
      class="splitter"
      role="separator"
      aria-orientation="vertical"
      aria-label={name}
      aria-valuenow={width}
      aria-valuemin={least}
      aria-valuemax={most}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onDblClick={reset}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { x: event.clientX, width: readWidth(property) };
      }}
      onPointerMove={(event) => follow(event, false)}
      onPointerUp={(event) => {
        if (drag.current && drag.current.x !== event.clientX) follow(event, true);
        drag.current = undefined;
      }}
      onPointerCancel={() => {
        drag.current = undefined;
      }}
    />
  );
}

// SPDX-License-Identifier: Apache-2.0
// Where something that floats goes: beside its anchor, on the other side when there is no room, always inside the window. placeBox is pure.

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Wish {
  /** block: under the anchor, else over it; inline: after it, else before it. */
  side?: "block" | "inline";
  /** Which edges meet, in the direction of the text. */
  align?: "start" | "end" | "center";
  /** Pixels between the two. */
  gap?: number;
}

const EDGE = 8;

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(value, Math.max(low, high)));

function along(from: number, length: number, own: number, align: "start" | "end" | "center"): number {
  if (align === "center") return from + (length - own) / 2;
  return align === "start" ? from : from + length - own;
}

/** The upper left corner of a box of SIZE beside ANCHOR in a window of VIEW. */
export function placeBox(anchor: Box, size: { width: number; height: number }, view: { width: number; height: number }, rtl: boolean, wish: Wish = {}) {
  const { side = "block", align = "start", gap = 4 } = wish;
  const flipped = rtl && align !== "center" ? (align === "start" ? "end" : "start") : align;
  let left = 0;
  let top = 0;
  if (side === "block") {
    const below = anchor.top + anchor.height + gap;
    const above = anchor.top - gap - size.height;
    const roomBelow = view.height - EDGE - below;
    top = size.height <= roomBelow || roomBelow >= anchor.top - gap - EDGE ? below : above;
    left = along(anchor.left, anchor.width, size.width, flipped);
  } else {
    const right = anchor.left + anchor.width + gap;
    const before = anchor.left - gap - size.width;
    const fitsRight = right + size.width <= view.width - EDGE;
    const fitsLeft = before >= EDGE;
    left = (rtl ? fitsLeft || !fitsRight : !fitsRight && fitsLeft) ? before : right;
    top = along(anchor.top, anchor.height, size.height, align);
  }
  return {
    left: clamp(left, EDGE, view.width - EDGE - size.width),
    top: clamp(top, EDGE, view.height - EDGE - size.height),
  };
}

let names = 0;

/** Puts a fixed element beside an element or a point and keeps it there, by CSS anchors where the browser has them. Returns the undoing. */
export function place(float: HTMLElement, anchor: Element | { x: number; y: number }, wish: Wish = {}): () => void {
  const named = anchor instanceof HTMLElement && CSS.supports("anchor-name: --a") ? anchor : undefined;
  const before = named?.style.getPropertyValue("anchor-name") ?? "";
  const name = before || `--float-${++names}`;
  named?.style.setProperty("anchor-name", name);
  if (named) float.style.setProperty("position-anchor", name);
  const settle = (): void => {
    const from = anchor instanceof Element ? anchor.getBoundingClientRect() : new DOMRect(anchor.x, anchor.y, 0, 0);
    if (anchor instanceof Element && !anchor.isConnected) return;
    const size = { width: float.offsetWidth, height: float.offsetHeight };
    const view = { width: document.documentElement.clientWidth, height: window.innerHeight };
    const rtl = getComputedStyle(document.documentElement).direction === "rtl";
    const { left, top } = placeBox(from, size, view, rtl, wish);
    const put = (edge: "left" | "top", at: number): void =>
      float.style.setProperty(edge, named ? `calc(anchor(${edge}, ${from[edge]}px) + ${at - from[edge]}px)` : `${at}px`);
    put("left", left);
    put("top", top);
  };
  settle();
  const watch = new ResizeObserver(settle);
  watch.observe(float);
  window.addEventListener("resize", settle);
  return () => {
    watch.disconnect();
    window.removeEventListener("resize", settle);
    if (named && !before) named.style.removeProperty("anchor-name");
  };
}

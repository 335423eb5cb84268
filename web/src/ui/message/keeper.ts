// SPDX-License-Identifier: Apache-2.0
// Keeps a place in a long list of which only a part is rendered: whatever comes above, below or between, whatever gets another
// size, what is read stays where it is on the screen. Or the end stays in view, while one follows it. What is rendered stands in
// the flow, and gaps stand for the rest; every correction is made before the browser paints.
import { Sizes, placeOf, spanOf } from "./span.ts";

const REACH = 700; // px beyond the view that are rendered
const NEED = 300; // px beyond the view below which more is rendered
const END = 40; // px from the end that count as being there
const STILL = 150; // ms after the last movement
const SEEN = 0.02; // px that are worth a correction
const PASSES = 6; // renderings in a row that may find out that items are smaller than they were thought

export type Align = "start" | "center" | "end";

interface Mark {
  key: string;
  /** Where it begins on the screen. */
  y: number;
}

export interface Watch {
  /** Another part shall be rendered. */
  render: () => void;
  /** It has moved, or is longer or shorter: pixels before and behind what is in view. */
  moved: (before: number, behind: number) => void;
}

export class Keeper {
  /** Who is at the end stays there. */
  follows = false;
  /** Being at the end means to follow it. */
  mayFollow = true;
  watch: Watch = { render: () => undefined, moved: () => undefined };
  private box: HTMLElement | undefined;
  private root: HTMLElement | undefined;
  private keys: readonly string[] = [];
  private index = new Map<string, number>();
  private readonly sizes = new Sizes();
  private readonly rows = new Map<string, HTMLElement>();
  private readonly resized = new ResizeObserver(() => this.settle(true));
  /** What is in view; the first that is still there keeps its place. */
  private marks: Mark[] = [];
  private goal: { key: string; align: Align } | undefined;
  /** How far it is scrolled, as we have left or seen it. */
  private top = 0;
  /** While somebody moves the list the gap before it gives way instead of the list. Pixels more than it should have. */
  private slack = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private touches = false;
  private span: [number, number] = [0, -1];
  private passes = 0;

  /** Goes to an item, with what is rendered next. */
  aim(key: string, align: Align): void {
    [this.goal, this.follows] = [{ key, align }, false];
  }

  /** Goes to the end, and stays there. */
  toEnd(): void {
    [this.goal, this.follows] = [undefined, true];
  }

  /** Goes to an item unless it is wholly in view. */
  reveal(key: string): void {
    const [row, box] = [this.rows.get(key)?.getBoundingClientRect(), this.box?.getBoundingClientRect()];
    if (row && box && row.top >= box.top && row.bottom <= box.bottom) return;
    const isAbove = row && box ? row.top < box.top : (this.index.get(key) ?? 0) < this.span[0];
    this.aim(key, isAbove ? "start" : "end");
  }

  get isMoving(): boolean {
    return this.timer !== undefined || this.touches;
  }

  /** What there is from now on, before it is rendered; returns what of it shall be. */
  choose(keys: readonly string[]): readonly [number, number] {
    if (this.box && this.box.scrollTop !== this.top) this.look();
    if (keys !== this.keys) {
      this.keys = keys;
      this.index = new Map(keys.map((key, i) => [key, i]));
      this.sizes.keep((key) => this.index.has(key), keys.length);
    }
    const view = this.view();
    const { at, y } = this.point(view);
    this.span = spanOf(this.size, keys.length, at, y, view.top - REACH, view.bottom + REACH);
    if (keys.length === 0) this.span = [0, -1];
    return this.span;
  }

  size = (index: number): number => this.sizes.get(this.keys[index] ?? "");

  /** The element that scrolls, and the one with the items in it. */
  attach(box: HTMLElement, root: HTMLElement): () => void {
    [this.box, this.root] = [box, root];
    this.resized.observe(box);
    const touch = (event: TouchEvent): void => {
      this.touches = event.touches.length > 0;
      if (!this.touches) this.wait();
    };
    box.addEventListener("scroll", this.onScroll, { passive: true });
    for (const name of ["touchstart", "touchend", "touchcancel"] as const) box.addEventListener(name, touch, { passive: true });
    return () => {
      clearTimeout(this.timer);
      this.resized.disconnect();
      box.removeEventListener("scroll", this.onScroll);
      for (const name of ["touchstart", "touchend", "touchcancel"] as const) box.removeEventListener(name, touch);
    };
  }

  /** The element of an item is there until the returned function is called. */
  mount(key: string, row: HTMLElement): () => void {
    this.rows.set(key, row);
    this.resized.observe(row);
    return () => {
      this.resized.unobserve(row);
      if (this.rows.get(key) === row) this.rows.delete(key);
    };
  }

  /** What was rendered, or has another size now, is brought to its place. `isLate`: more can be rendered in the next frame only. */
  settle(isLate = false): void {
    const { box } = this;
    if (!box || box.clientHeight === 0) return;
    this.fillGaps();
    for (const [key, row] of this.rows) this.sizes.set(key, row.getBoundingClientRect().height);
    this.place();
    if (this.isCovered() || this.passes >= PASSES) this.passes = 0;
    else {
      this.passes++;
      if (isLate) requestAnimationFrame(() => this.watch.render());
      else this.watch.render();
    }
    this.tell();
  }

  private view(): { top: number; bottom: number } {
    if (!this.box) return { top: 0, bottom: innerHeight };
    const { top, bottom } = this.box.getBoundingClientRect();
    return { top, bottom };
  }

  /** An item, and where it begins or shall begin. */
  private point(view: { top: number; bottom: number }): { at: number; y: number } {
    const last = this.keys.length - 1;
    if (this.follows) return { at: last, y: view.bottom - this.size(last) };
    const at = this.goal && this.index.get(this.goal.key);
    if (at !== undefined) {
      const spare = view.bottom - view.top - this.size(at);
      return { at, y: view.top + (this.goal?.align === "start" ? 0 : this.goal?.align === "end" ? spare : Math.max(0, spare / 2)) };
    }
    const mark = this.marks.find((one) => this.index.has(one.key)) ?? this.guess(view);
    return { at: this.index.get(mark.key) ?? 0, y: mark.y };
  }

  /** What stands at the upper edge when nothing that is rendered is in view. */
  private guess(view: { top: number }): Mark {
    const begin = this.root?.getBoundingClientRect().top ?? view.top;
    const { index, top } = placeOf(this.size, this.keys.length, view.top - begin - this.slack);
    return { key: this.keys[index] ?? "", y: begin + this.slack + top };
  }

  /** The gap before the part that is in view; it need not be exact. */
  private gap(): HTMLElement | undefined {
    const before = this.rows.get(this.keys[this.span[0]] ?? "")?.previousElementSibling;
    return before instanceof HTMLElement && before.dataset["gap"] ? before : undefined;
  }

  private fillGaps(): void {
    const gap = this.gap();
    if (!gap) this.slack = 0;
    for (const one of this.root?.children ?? []) {
      if (!(one instanceof HTMLElement) || one.dataset["gap"] === undefined) continue;
      const size = Number(one.dataset["gap"]);
      if (one === gap) this.slack = Math.max(this.slack, -size);
      one.style.blockSize = `${size + (one === gap ? this.slack : 0)}px`;
    }
  }

  /** How far it must be scrolled for everything to be where it belongs. */
  private error(view: { top: number; bottom: number }): number {
    const aimed = this.goal && this.rows.get(this.goal.key)?.getBoundingClientRect();
    if (aimed) {
      const spare = view.bottom - view.top - aimed.height;
      const offset = this.goal?.align === "start" ? 0 : this.goal?.align === "end" ? spare : Math.max(0, spare / 2);
      return Math.round(aimed.top - view.top - offset);
    }
    for (const { key, y } of this.marks) {
      const row = this.rows.get(key);
      if (row) return row.getBoundingClientRect().top - y;
    }
    return 0;
  }

  private place(): void {
    const { box } = this;
    if (!box) return;
    if (this.follows) box.scrollTop = box.scrollHeight;
    else {
      const by = this.error(this.view());
      if (Math.abs(by) >= SEEN) this.shift(by);
    }
    this.top = box.scrollTop;
    if (this.goal || this.follows || this.marks.length === 0) this.take();
    this.goal = undefined;
    if (this.mayFollow && box.scrollHeight <= box.clientHeight) this.follows = true;
  }

  private shift(by: number): void {
    const gap = this.goal || !this.isMoving ? undefined : this.gap();
    const size = Number(gap?.dataset["gap"] ?? 0) + this.slack - by;
    if (gap && size >= 0) {
      this.slack -= by;
      gap.style.blockSize = `${size}px`;
    } else if (this.box) this.box.scrollTop += by;
    // Browsers scroll by whole pixels of the screen: the gap has the rest.
    const rest = gap || this.goal ? 0 : this.error(this.view());
    const before = rest && Math.abs(rest) < 1 ? this.gap() : undefined;
    if (before) {
      this.slack -= rest;
      before.style.blockSize = `${Math.max(0, Number(before.dataset["gap"]) + this.slack)}px`;
    }
  }

  /** Remembers what is in view, the first that is whole before all. */
  private take(): void {
    const view = this.view();
    const seen: Mark[] = [];
    for (const [key, row] of this.rows) {
      const { top, bottom } = row.getBoundingClientRect();
      if (bottom > view.top && top < view.bottom) seen.push({ key, y: top });
    }
    seen.sort((a, b) => a.y - b.y);
    const whole = seen.findIndex((one) => one.y >= view.top);
    this.marks = whole > 0 ? [...seen.slice(whole), ...seen.slice(0, whole)] : seen;
    if (seen.length === 0 && this.keys.length > 0) this.marks = [this.guess(view)];
  }

  private isCovered(): boolean {
    const [first, last] = this.span;
    const view = this.view();
    const [top, bottom] = [this.rows.get(this.keys[first] ?? "")?.getBoundingClientRect().top, this.rows.get(this.keys[last] ?? "")?.getBoundingClientRect().bottom];
    if (top === undefined || bottom === undefined) return this.keys.length === 0;
    return (first === 0 || top <= view.top - NEED) && (last === this.keys.length - 1 || bottom >= view.bottom + NEED);
  }

  private get behind(): number {
    const { box } = this;
    return box ? box.scrollHeight - box.clientHeight - box.scrollTop : 0;
  }

  /** Says where the view is. */
  tell(): void {
    this.watch.moved(this.box?.scrollTop ?? 0, this.behind);
  }

  /** Somebody has scrolled. */
  private look(): void {
    const now = this.box?.scrollTop ?? 0;
    const by = now - this.top;
    this.top = now;
    const left = this.behind;
    if (left <= 2) this.follows = this.mayFollow;
    else if (by < 0) this.follows = false;
    else if (left < END) this.follows = this.mayFollow;
    this.goal = undefined;
    this.wait();
    this.take();
  }

  private onScroll = (): void => {
    if (this.box?.scrollTop === this.top) this.take();
    else this.look();
    if (!this.isCovered()) this.watch.render();
    this.tell();
  };

  private wait(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.touches || this.slack === 0) return;
      this.slack = 0;
      this.settle();
    }, STILL);
  }
}

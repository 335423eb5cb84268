// SPDX-License-Identifier: Apache-2.0
// Which items of a long list are rendered, from what is known of their sizes. Pure.

const FIRST_GUESS = 40; // px
const FORGOTTEN = 500; // sizes of items that are gone are kept up to that many

/** Sizes of items by their keys, in pixels; what was never seen counts as an average one. */
export class Sizes {
  private readonly known = new Map<string, number>();
  private sum = 0;

  get(key: string): number {
    return this.known.get(key) ?? (this.known.size > 0 ? Math.round(this.sum / this.known.size) : FIRST_GUESS);
  }

  set(key: string, size: number): void {
    this.sum += size - (this.known.get(key) ?? 0);
    this.known.set(key, size);
  }

  /** Forgets those of items that are no longer there, now and then. */
  keep(isThere: (key: string) => boolean, count: number): void {
    if (this.known.size <= count + FORGOTTEN) return;
    for (const [key, size] of this.known) {
      if (isThere(key)) continue;
      this.sum -= size;
      this.known.delete(key);
    }
  }
}

/** The first and the last that reach between FROM and UNTIL when the one AT begins at Y. */
export function spanOf(size: (index: number) => number, count: number, at: number, y: number, from: number, until: number): [number, number] {
  let [first, last] = [at, at];
  for (let top = y; first > 0 && top > from; ) top -= size(--first);
  for (let bottom = y + size(at); last < count - 1 && bottom < until; ) bottom += size(++last);
  return [first, last];
}

/** The one that covers the place Y, counted from the beginning of the list, and where it begins. */
export function placeOf(size: (index: number) => number, count: number, y: number): { index: number; top: number } {
  let [index, top] = [0, 0];
  while (index < count - 1 && top + size(index) <= y) top += size(index++);
  return { index, top };
}

/** Items between others that are not rendered, as the places of those before which they stand: what is rendered, in order, with the sizes of the gaps. */
export function withGaps(size: (index: number) => number, count: number, span: readonly [number, number], apart: readonly number[]): { index: number; gap: number }[] {
  const shown = apart.filter((one) => one >= 0 && one < count && (one < span[0] || one > span[1]));
  for (let i = span[0]; i <= span[1]; i++) shown.push(i);
  shown.sort((a, b) => a - b);
  shown.push(count);
  let next = 0;
  return shown.map((index) => {
    let gap = 0;
    for (; next < index; next++) gap += size(next);
    next = index + 1;
    return { index, gap };
  });
}

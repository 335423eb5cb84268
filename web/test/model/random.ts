// SPDX-License-Identifier: Apache-2.0
// Random numbers that come again with their seed (mulberry32).

export class Random {
  private state: number;
  constructor(seed: number) {
    this.state = seed >>> 0;
  }
  /** 0 <= x < 1 */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let x = this.state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  }
  below = (n: number): number => Math.floor(this.next() * n);
  of<T>(all: readonly T[]): T | undefined {
    return all[this.below(all.length)];
  }
  chance = (p: number): boolean => this.next() < p;
}

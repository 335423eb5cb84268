// SPDX-License-Identifier: Apache-2.0
// XEP-0198, the counting of it: what has been said and not yet been acknowledged, and how much was heard. Knows no socket.
import type { El } from "../xml/el.ts";

const WRAP = 2 ** 32; // 3: counters start anew behind 2^32 - 1

/** What one session has said and heard. */
export class Counted {
  /** Names the session for <resume/>; "" when it cannot be resumed. */
  readonly id: string;
  /** Stanzas of the server that were taken in. */
  heard = 0;
  private acked = 0;
  private readonly queue: El[] = [];

  constructor(id: string) {
    this.id = id;
  }

  said(el: El): void {
    this.queue.push(el);
  }

  hear(): void {
    this.heard = (this.heard + 1) % WRAP;
  }

  /** What the server has taken care of when it has counted up to `h`; undefined when it never can have. */
  ack(h: number): El[] | undefined {
    const count = (h - this.acked + WRAP) % WRAP;
    if (!Number.isInteger(h) || count > this.queue.length) return undefined;
    this.acked = h;
    return this.queue.splice(0, count);
  }

  /** In the order in which they were said. */
  get unacked(): readonly El[] {
    return this.queue;
  }
}

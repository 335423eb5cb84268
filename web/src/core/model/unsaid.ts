// SPDX-License-Identifier: Apache-2.0
// What I have said about messages (reactions, corrections, retractions), until the archive has it, too: an answer that is older than
// that must not take it back. And by which ids the archive has named mine: those need not be sent any more.
import type { Parsed } from "../xml/message.ts";

const UNSAID_MAX = 300;
const NAMED_MAX = 1000; // ids; the oldest go first

/** The id that I have given it. */
export const idOf = (parsed: Parsed): string => parsed.origin ?? parsed.id ?? "";

export class Unsaid {
  private readonly waiting = new Map<string, { parsed: Parsed; isTaken: boolean }>();
  private readonly named = new Set<string>();

  get size(): number {
    return this.waiting.size;
  }

  /** In the order in which I said it. */
  get all(): Parsed[] {
    return [...this.waiting.values()].map((one) => one.parsed);
  }

  /** Those that the server has acknowledged. */
  get taken(): string[] {
    return [...this.waiting].filter(([, one]) => one.isTaken).map(([id]) => id);
  }

  isNamed = (id: string): boolean => this.named.has(id);

  put(parsed: Parsed): void {
    const id = idOf(parsed);
    if (id === "") return;
    this.waiting.set(id, { parsed, isTaken: this.waiting.get(id)?.isTaken ?? false });
    for (const old of [...this.waiting.keys()].slice(0, Math.max(0, this.waiting.size - UNSAID_MAX))) this.waiting.delete(old);
  }

  /** The server has it. */
  take(id: string): void {
    const one = this.waiting.get(id);
    if (one) one.isTaken = true;
  }

  /** The archive has said it. */
  name(id: string): void {
    if (id === "") return;
    this.waiting.delete(id);
    this.named.add(id);
    for (const old of this.named) {
      if (this.named.size <= NAMED_MAX) break;
      this.named.delete(old);
    }
  }

  /** It came back, or is known to be behind what is here. */
  drop(id: string): void {
    this.waiting.delete(id);
  }
}

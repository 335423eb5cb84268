// SPDX-License-Identifier: Apache-2.0
// What was chosen here and the server may not know yet: kept on the disk before it shows, told as soon as there is a connection, and again
// after a lost session or a new start. The newest choice of each thing holds; one that is refused is taken back and said.
import { Refusal } from "../../shared/rpc.ts";
import type { Fault } from "../../shared/types.ts";

const CHOICES_MAX = 1000; // of an account; then the oldest go
const PASSING: readonly Fault[] = ["offline", "timeout"]; // the next connection may do it

/** What is kept of a choice; `kind` says who tells it, `key` what it is about. */
export interface Choice {
  kind: string;
  key: string;
  value: unknown;
}

interface Teller<T> {
  /** Brings it to the server, as often as it is called. */
  tell(key: string, value: T): Promise<unknown>;
  /** It is refused: what the server has holds. */
  undo(key: string): unknown;
}

export interface ChoicesConfig {
  keep(all: Choice[]): Promise<unknown>;
  isOnline(): boolean;
  refused(choice: Choice, fault: Fault): void;
}

const idOf = (kind: string, key: string): string => `${kind} ${key}`;

export class Choices {
  private readonly config: ChoicesConfig;
  /** The oldest first. */
  private readonly waiting = new Map<string, Choice>();
  private readonly tellers = new Map<string, Teller<never>>();
  private readonly running = new Set<string>();

  constructor(config: ChoicesConfig) {
    this.config = config;
  }

  /** What an earlier worker has not told, or not for sure. */
  restore(kept: readonly Choice[]): void {
    for (const one of kept) {
      const id = idOf(one.kind, one.key);
      if (!this.waiting.has(id)) this.waiting.set(id, one);
    }
  }

  private save(): Promise<unknown> {
    return this.config.keep([...this.waiting.values()]);
  }

  get = <T>(kind: string, key: string): T | undefined => this.waiting.get(idOf(kind, key))?.value as T | undefined;
  all = <T>(kind: string): [key: string, value: T][] => [...this.waiting.values()].flatMap((one) => (one.kind === kind ? [[one.key, one.value as T]] : []));

  /** Resolves when it is on the disk: then it may show. */
  async put(kind: string, key: string, value: unknown): Promise<void> {
    const id = idOf(kind, key);
    this.waiting.delete(id);
    this.waiting.set(id, { kind, key, value });
    for (const old of [...this.waiting.keys()].slice(0, Math.max(0, this.waiting.size - CHOICES_MAX))) this.waiting.delete(old);
    await this.save();
    this.flush();
  }

  /** How those of a kind are told. */
  serve<T>(kind: string, tell: Teller<T>["tell"], undo: Teller<T>["undo"]): void {
    this.tellers.set(kind, { tell, undo });
    this.flush();
  }

  /** Tells what waits, each thing one after the other. */
  flush(): void {
    if (!this.config.isOnline()) return;
    for (const [id, choice] of this.waiting) {
      const teller = this.tellers.get(choice.kind);
      if (teller && !this.running.has(id)) void this.tell(id, choice, teller);
    }
  }

  private async tell(id: string, choice: Choice, teller: Teller<never>): Promise<void> {
    this.running.add(id);
    const why = await Promise.resolve(teller.tell(choice.key, choice.value as never)).then(() => undefined, (failed: unknown) => failed ?? true);
    this.running.delete(id);
    const fault = why === undefined ? undefined : why instanceof Refusal ? why.fault : "refused";
    if (this.waiting.get(id) !== choice) return this.flush(); // chosen anew meanwhile
    if (fault && PASSING.includes(fault)) return;
    this.waiting.delete(id);
    void this.save();
    if (!fault) return;
    teller.undo(choice.key);
    this.config.refused(choice, fault);
  }
}

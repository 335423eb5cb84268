// SPDX-License-Identifier: Apache-2.0
// What this device has shown, until the server counts with it: kept over lost connections and on the disk, and no older news of the same
// conversation takes it back meanwhile.
import type { Jid } from "../../shared/types.ts";
import type { Logs } from "./logs.ts";

const HELD = 4000; // ms after the server has it in which its news must come: a mark that changes nothing has none
const HELD_MAX = 30_000; // ms in which news are kept back that are older; who is let into a room no longer cannot say what he has read

/** What is kept of a mark. */
export interface KeptMark {
  conversation: Jid;
  archive: string;
  ref: string;
}

interface Mark {
  /** Of the message, in the archive; and how others are told of it (XEP-0333). */
  archive: string;
  ref: string;
  /** Of the stanza that says it; undefined: it must be said (again). */
  id?: string | undefined;
  /** What came meanwhile and was too old. */
  missed?: (() => void) | undefined;
  timer?: ReturnType<typeof setTimeout>;
}

export class Marks {
  private readonly logs: Pick<Logs, "get">;
  private readonly waiting = new Map<Jid, Mark>();
  private readonly counted = new Set<Jid>();
  private readonly keep: (marks: KeptMark[]) => unknown;

  constructor(logs: Pick<Logs, "get">, keep: (marks: KeptMark[]) => unknown = () => undefined) {
    [this.logs, this.keep] = [logs, keep];
  }

  /** What an earlier worker has shown, and perhaps not said. */
  restore(kept: readonly KeptMark[]): void {
    for (const { conversation, archive, ref } of kept) if (!this.waiting.has(conversation)) this.waiting.set(conversation, { archive, ref });
  }

  private save(): void {
    this.keep([...this.waiting].map(([conversation, { archive, ref }]) => ({ conversation, archive, ref })));
  }

  private orderOf(conversation: Jid, archive: string | undefined): number | undefined {
    const found = archive === undefined ? undefined : this.logs.get(conversation)?.find(archive);
    return found?.archive === archive ? found?.order : undefined;
  }

  get = (conversation: Jid): Mark | undefined => this.waiting.get(conversation);
  all = (): [Jid, Mark][] => [...this.waiting];

  put(conversation: Jid, archive: string, ref: string): Mark {
    clearTimeout(this.waiting.get(conversation)?.timer);
    const mark: Mark = { archive, ref };
    this.waiting.set(conversation, mark);
    this.save();
    return mark;
  }

  /** Whether `later` stands behind `earlier`, as far as the log is here; an unknown place is behind nothing. */
  isLater(conversation: Jid, later: string | undefined, earlier: string | undefined): boolean {
    const [a, b] = [this.orderOf(conversation, later), this.orderOf(conversation, earlier)];
    return a !== undefined && (b === undefined ? earlier === undefined : a > b);
  }

  /** Whether the inbox tells of this conversation. */
  isCounted = (conversation: Jid): boolean => this.counted.has(conversation);

  /**
   * The server says up to where was read, with the counts that belong to it. `take` makes use of it: now, when it has heard of what was
   * shown here; later, when it seems not to count with it.
   */
  hear(conversation: Jid, displayed: string | undefined, take: () => void): void {
    this.counted.add(conversation);
    const mark = this.waiting.get(conversation);
    if (!mark || displayed === mark.archive || this.isLater(conversation, displayed, mark.archive)) {
      this.drop(conversation);
      take();
      return;
    }
    mark.missed = take;
    mark.timer ??= setTimeout(() => this.giveUp(conversation, mark), HELD_MAX);
  }

  private giveUp(conversation: Jid, mark: Mark): void {
    if (this.waiting.get(conversation) !== mark) return;
    this.drop(conversation);
    mark.missed?.();
  }

  drop(conversation: Jid): void {
    clearTimeout(this.waiting.get(conversation)?.timer);
    if (this.waiting.delete(conversation)) this.save();
  }

  /** The server has the stanza. */
  acked(id: string): void {
    for (const [conversation, mark] of this.waiting) {
      if (mark.id !== id) continue;
      clearTimeout(mark.timer);
      mark.timer = setTimeout(() => this.giveUp(conversation, mark), HELD);
    }
  }

  lost(id: string): void {
    for (const mark of this.waiting.values()) if (mark.id === id) mark.id = undefined;
  }
}

// SPDX-License-Identifier: Apache-2.0
// The rows of the list. Changes are told at once, what follows within a moment together, and kept a second later.
import type { Conversation, ConversationKind, Jid } from "../../shared/types.ts";

const KEEP_AFTER = 1000; // ms
const TELL_EVERY = 50; // ms: a flood of messages changes a row with each, and a page draws its list anew

export interface RowsConfig {
  tell(rows: Conversation[]): void;
  gone(jid: Jid): void;
  keep(rows: Conversation[]): Promise<unknown>;
  nameOf(jid: Jid): string;
}

export class Rows {
  private readonly rows = new Map<Jid, Conversation>();
  private readonly config: RowsConfig;
  private readonly untold = new Set<Jid>();
  private readonly unkept = new Set<Jid>();
  private telling = false;
  private told = 0;
  private keeping: ReturnType<typeof setTimeout> | undefined;

  constructor(config: RowsConfig) {
    this.config = config;
  }

  all = (): Conversation[] => [...this.rows.values()];
  get = (jid: Jid): Conversation | undefined => this.rows.get(jid);

  restore(rows: Conversation[]): void {
    for (const row of rows) if (!this.rows.has(row.jid)) this.rows.set(row.jid, { ...row, writing: [], joined: false, availability: row.kind === "chat" ? "offline" : undefined } as Conversation);
  }

  /** The row, made when it was not there. */
  need(jid: Jid, kind: ConversationKind): Conversation {
    const row = this.rows.get(jid);
    if (row) return row;
    const made: Conversation = { jid, kind, name: this.config.nameOf(jid), time: 0, unread: 0, mentions: 0, marked: false, pinned: false, writing: [] };
    this.rows.set(jid, made);
    this.touch(jid);
    return made;
  }

  /** Changes a row that is there; undefined takes a property away. */
  update(jid: Jid, change: { [K in keyof Conversation]?: Conversation[K] | undefined }): void {
    const row = this.rows.get(jid);
    if (!row) return;
    let changed = false;
    for (const [key, value] of Object.entries(change) as [keyof Conversation, unknown][]) {
      if (JSON.stringify(row[key]) === JSON.stringify(value)) continue;
      changed = true;
      if (value === undefined) delete (row as Partial<Conversation>)[key];
      else Object.assign(row, { [key]: value });
    }
    if (changed) this.touch(jid);
  }

  remove(jid: Jid): void {
    if (this.rows.delete(jid)) this.config.gone(jid);
  }

  private touch(jid: Jid): void {
    this.untold.add(jid);
    this.unkept.add(jid);
    if (!this.telling) {
      this.telling = true;
      setTimeout(() => this.tell(), Math.max(0, Math.min(TELL_EVERY, this.told + TELL_EVERY - Date.now())));
    }
    this.keeping ??= setTimeout(() => void this.keep(), KEEP_AFTER);
  }

  private taken(set: Set<Jid>): Conversation[] {
    const rows = [...set].map((jid) => this.rows.get(jid)).filter((row) => row !== undefined);
    set.clear();
    return rows;
  }

  private tell(): void {
    this.telling = false;
    this.told = Date.now();
    this.config.tell(this.taken(this.untold));
  }

  /** Keeps at once what has changed; resolves when that is done. */
  async flush(): Promise<void> {
    clearTimeout(this.keeping);
    await this.keep();
  }

  private async keep(): Promise<void> {
    this.keeping = undefined;
    await this.config.keep(this.taken(this.unkept));
  }
}

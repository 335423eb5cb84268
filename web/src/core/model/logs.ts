// SPDX-License-Identifier: Apache-2.0
// The logs that are in memory: those that are open and the last used ones. Tells pages what has changed, keeps the newest part.
import type { LogNews } from "../../shared/api.ts";
import type { ConversationKind, Jid, Message } from "../../shared/types.ts";
import type { LogRow } from "../store/db.ts";
import { type Change, Log } from "./log.ts";
import type { Owner } from "./reader.ts";

const KEEP_AFTER = 1500; // ms
const KEPT_MAX = 150; // messages of a log that are kept on the disk
const IDLE_MAX = 20; // logs in memory that nobody shows
const WINDOWS_MAX = 8; // windows into the middle of archives, over all pages
const TELL_EVERY = 40; // ms: what comes faster is told together

export interface LogsConfig {
  account: Jid;
  owner(conversation: Jid, kind: ConversationKind): Owner;
  load(conversation: Jid): Promise<LogRow | undefined>;
  keep(row: LogRow): Promise<unknown> | undefined;
  tell(news: LogNews): void;
}

interface Slot {
  log: Log;
  readers: number;
  /** Pages have been told all there is, and hear of changes from then on. */
  isTold: boolean;
  /** Its newest end is that of the archive, and what comes live goes on from there. */
  isCurrent: boolean;
  loading: Promise<Log>;
  keeping?: ReturnType<typeof setTimeout> | undefined;
  used: number;
}

/** A stretch in the middle of an archive, for one page. */
export interface Window {
  id: string;
  log: Log;
  /** Nothing lies behind it. */
  atEnd: boolean;
}

/** What a page has not been told yet. */
interface Untold {
  upserts: Set<Message>;
  removed: Set<string>;
  timer: ReturnType<typeof setTimeout>;
}

export class Logs {
  private readonly slots = new Map<Jid, Slot>();
  private readonly windows = new Map<string, Window>();
  private readonly untold = new Map<Log, Untold>();
  private readonly config: LogsConfig;

  constructor(config: LogsConfig) {
    this.config = config;
  }

  /** The log when it is in memory. */
  get = (conversation: Jid): Log | undefined => this.slots.get(conversation)?.log;
  /** The log and the windows of a conversation that are in memory. */
  all = (conversation: Jid): Log[] => [this.get(conversation), ...[...this.windows.values()].map((one) => one.log)].filter((log) => log?.conversation === conversation) as Log[];
  /** Which of them has this message. */
  having(conversation: Jid, key: string): { log: Log; message: Message } | undefined {
    for (const log of this.all(conversation)) {
      const message = log.get(key);
      if (message) return { log, message };
    }
    return undefined;
  }
  window = (id: string): Window | undefined => this.windows.get(id);

  /** A new window; the one that is oldest makes way. */
  openWindow(conversation: Jid, kind: ConversationKind): Window {
    const made: Window = { id: crypto.randomUUID(), log: this.apart(conversation, kind), atEnd: false };
    this.windows.set(made.id, made);
    for (const id of [...this.windows.keys()].slice(0, Math.max(0, this.windows.size - WINDOWS_MAX))) this.windows.delete(id);
    return made;
  }
  /** A log of its own for what was picked out of an archive; nobody keeps it. */
  apart(conversation: Jid, kind: ConversationKind): Log {
    const log = new Log(conversation, kind, this.config.owner(conversation, kind));
    const main = this.get(conversation);
    if (main) log.isAs(main);
    return log;
  }

  closeWindow = (id: string): void => void this.windows.delete(id);

  tellWindow({ id, log, atEnd }: Window, reset: boolean, upserts: Message[]): void {
    this.config.tell({ conversation: log.conversation, kind: log.kind, window: id, reset, upserts, removed: [], atStart: log.atStart, atEnd });
  }

  isOpen = (conversation: Jid): boolean => (this.slots.get(conversation)?.readers ?? 0) > 0;
  isCurrent = (conversation: Jid): boolean => this.slots.get(conversation)?.isCurrent ?? false;
  open = (): Jid[] => [...this.slots].filter(([, slot]) => slot.readers > 0).map(([jid]) => jid);
  /** Whose end is here, but for the places of what I have sent. */
  unsettled = (): Jid[] => [...this.slots].filter(([, slot]) => slot.isCurrent && slot.log.anchor !== undefined).map(([jid]) => jid);
  setCurrent(conversation: Jid, isCurrent: boolean): void {
    const slot = this.slots.get(conversation);
    if (slot) slot.isCurrent = isCurrent;
  }
  /** After a new session nothing is sure any more. */
  setAllStale(): void {
    for (const slot of this.slots.values()) slot.isCurrent = false;
  }

  private slot(conversation: Jid, kind: ConversationKind): Slot {
    const found = this.slots.get(conversation);
    if (found) {
      found.used = Date.now();
      return found;
    }
    const log = new Log(conversation, kind, this.config.owner(conversation, kind));
    const loading = this.config.load(conversation).then((row) => {
      if (row) {
        log.restore(row.messages);
        [log.first, log.last, log.anchor, log.atStart, log.orphans] = [row.first, row.last, row.anchor, row.atStart, row.orphans];
      }
      return log;
    });
    const slot: Slot = { log, readers: 0, isTold: false, isCurrent: false, loading, used: Date.now() };
    this.slots.set(conversation, slot);
    this.dropIdle();
    return slot;
  }

  /** The log, from the disk when need be. */
  load = (conversation: Jid, kind: ConversationKind): Promise<Log> => this.slot(conversation, kind).loading;

  /** A page shows it from now on; what there is it hears with tellAll. */
  show(conversation: Jid, kind: ConversationKind): Promise<Log> {
    const slot = this.slot(conversation, kind);
    slot.readers++;
    return slot.loading;
  }

  hide(conversation: Jid): void {
    const slot = this.slots.get(conversation);
    if (slot && slot.readers > 0) slot.readers--;
    if (slot?.readers === 0) slot.isTold = false;
    this.dropIdle();
  }

  tellAll(conversation: Jid, firstUnread?: string): void {
    const slot = this.slots.get(conversation);
    if (!slot || slot.readers === 0) return;
    const { log } = slot;
    slot.isTold = true;
    clearTimeout(this.untold.get(log)?.timer);
    this.untold.delete(log);
    this.config.tell({ conversation, kind: log.kind, reset: true, upserts: log.messages, removed: [], atStart: log.atStart, ...(firstUnread ? { firstUnread } : {}) });
  }

  isTold = (conversation: Jid): boolean => this.slots.get(conversation)?.isTold ?? false;

  /** It begins anew: nothing is told before all of it is. */
  hush(conversation: Jid): void {
    const slot = this.slots.get(conversation);
    if (slot) slot.isTold = false;
  }

  /** Where what is new begins. */
  tellUnread(log: Log, firstUnread: string): void {
    if (this.isTold(log.conversation)) this.config.tell({ conversation: log.conversation, kind: log.kind, reset: false, upserts: [], removed: [], atStart: log.atStart, firstUnread });
  }

  /** Tells and keeps what has changed. */
  changed(log: Log, change: Change, isOlder = false): void {
    if (isOlder) {
      // Never together with what is new: the page keeps its place by the end of the list then.
      this.tellRest(log);
      this.tellNow(log, [...change.upserts], change.removed);
    } else if (change.upserts.size > 0 || change.removed.length > 0) this.tellSoon(log, change);
    const slot = this.slots.get(log.conversation);
    if (slot?.log !== log) return;
    slot.keeping ??= setTimeout(() => {
      slot.keeping = undefined;
      void this.keep(log);
    }, KEEP_AFTER);
  }

  /** At once; what follows within a moment comes together, so that a flood costs a page little. */
  private tellSoon(log: Log, change: Change): void {
    const waiting = this.untold.get(log);
    if (waiting) {
      for (const one of change.upserts) waiting.upserts.add(one);
      for (const key of change.removed) waiting.removed.add(key);
      return;
    }
    this.tellNow(log, [...change.upserts], change.removed);
    this.untold.set(log, { upserts: new Set(), removed: new Set(), timer: setTimeout(() => this.tellRest(log), TELL_EVERY) });
  }

  /** That nothing lies before it. */
  tellState = (log: Log): void => this.tellNow(log, [], []);

  private tellRest(log: Log): void {
    const waiting = this.untold.get(log);
    clearTimeout(waiting?.timer);
    this.untold.delete(log);
    if (waiting && (waiting.upserts.size > 0 || waiting.removed.size > 0)) this.tellSoon(log, { upserts: waiting.upserts, removed: [...waiting.removed] });
  }

  private tellNow(log: Log, upserts: Message[], removed: string[]): void {
    const slot = this.slots.get(log.conversation);
    const window = [...this.windows.values()].find((one) => one.log === log);
    if (window) this.tellWindow(window, false, upserts);
    else if (slot?.log === log && slot.isTold) this.config.tell({ conversation: log.conversation, kind: log.kind, reset: false, upserts, removed, atStart: log.atStart });
  }

  /** Keeps at once what has changed; resolves when that is done. */
  async flush(): Promise<void> {
    const changed = [...this.slots.values()].filter((slot) => slot.keeping);
    await Promise.all(changed.map((slot) => {
      clearTimeout(slot.keeping);
      slot.keeping = undefined;
      return this.keep(slot.log);
    }));
  }

  private async keep(log: Log): Promise<void> {
    const all = log.messages;
    const messages = all.slice(-KEPT_MAX);
    const cut = messages.length < all.length;
    const first = cut ? messages.find((one) => one.archive)?.archive : log.first;
    await this.config.keep({
      account: this.config.account, conversation: log.conversation, messages, atStart: log.atStart && !cut, orphans: log.orphans,
      ...(first ? { first } : {}), ...(log.last ? { last: log.last } : {}), ...(log.anchor === undefined ? {} : { anchor: log.anchor }),
    });
  }

  private dropIdle(): void {
    const idle = [...this.slots].filter(([, slot]) => slot.readers === 0 && !slot.keeping).toSorted(([, a], [, b]) => a.used - b.used);
    for (const [jid] of idle.slice(0, Math.max(0, idle.length - IDLE_MAX))) this.slots.delete(jid);
  }
}

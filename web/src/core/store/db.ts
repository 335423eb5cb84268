// SPDX-License-Identifier: Apache-2.0
// What this browser keeps, in IndexedDB: accounts with their tokens, rows of the list, logs and what waits to be sent. All of it
// can be lost: the server has the truth. A full or refused database never stops anything (fail() hears of it, once).
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Conversation, Jid, Message } from "../../shared/types.ts";
import type { Token } from "../stream/stream.ts";
import type { Orphans } from "../model/orphans.ts";

const NAME = "parley";
const VERSION = 1;

export interface AccountRow {
  jid: Jid;
  agentId: string;
  token?: Token;
  name?: string;
  added: number;
}

export interface LogRow {
  account: Jid;
  conversation: Jid;
  messages: Message[];
  /** Archive ids of the ends of what is known without a gap. */
  first?: string;
  last?: string;
  /** Archive id behind which something of mine lies whose place is not known yet. */
  anchor?: string;
  atStart: boolean;
  orphans: Orphans;
}

export interface OutboxRow {
  account: Jid;
  key: string;
  conversation: Jid;
  /** The stanza as text. */
  stanza: string;
  time: number;
  /** Sender's id of a message that the stanza speaks of, and to which a room has given no id yet: only by that others know it. */
  about?: string;
  /** Not before that: it can be taken back unseen. Milliseconds since 1970. */
  until?: number;
}

interface Schema extends DBSchema {
  accounts: { key: string; value: AccountRow };
  conversations: { key: [string, string]; value: Conversation & { account: Jid } };
  logs: { key: [string, string]; value: LogRow };
  outbox: { key: [string, string]; value: OutboxRow };
  settings: { key: [string, string]; value: { account: Jid; name: string; value: unknown } };
}

/** All keys that begin with this account. */
const all = (account: Jid): IDBKeyRange => IDBKeyRange.bound([account], [account, []]);

const isQuota = (why: unknown): boolean => (why as DOMException | undefined)?.name === "QuotaExceededError";

export class Store {
  private opened: Promise<IDBPDatabase<Schema> | undefined> | undefined;
  private readonly fail: (why: unknown) => void;
  private readonly watchers = new Set<(isFull: boolean) => void>();
  /** The last write found no place. */
  isFull = false;

  constructor(fail: (why: unknown) => void) {
    this.fail = fail;
  }

  /** Accounts that were taken away: what is still on its way from them is not written. */
  private readonly gone = new Set<Jid>();

  /** With the first use: until then it may be another worker's, of another form. */
  open(): Promise<IDBPDatabase<Schema> | undefined> {
    return (this.opened ??= openDB<Schema>(NAME, VERSION, {
      upgrade(db) {
        db.createObjectStore("accounts", { keyPath: "jid" });
        db.createObjectStore("conversations", { keyPath: ["account", "jid"] });
        db.createObjectStore("logs", { keyPath: ["account", "conversation"] });
        db.createObjectStore("outbox", { keyPath: ["account", "key"] });
        db.createObjectStore("settings", { keyPath: ["account", "name"] });
      },
      blocking(_now, _wanted, event) {
        (event.target as IDBDatabase).close();
      },
    }).catch((why: unknown) => {
      this.fail(why);
      return undefined;
    }));
  }

  private async use<T>(run: (db: IDBPDatabase<Schema>) => Promise<T>): Promise<T | undefined> {
    const db = await this.open();
    if (!db) return undefined;
    try {
      return await run(db);
    } catch (why) {
      this.fail(why);
      return undefined;
    }
  }

  /** Hears when there is no place any more, and when there is again. */
  watch(to: (isFull: boolean) => void): void {
    this.watchers.add(to);
  }

  private setFull(isFull: boolean): void {
    if (isFull === this.isFull) return;
    this.isFull = isFull;
    for (const tell of this.watchers) tell(isFull);
  }

  /** Puts something there. Logs make way for it: the server has them, too, and what was typed is only here. */
  private write(run: (db: IDBPDatabase<Schema>) => Promise<unknown>): Promise<unknown> {
    return this.use(async (db) => {
      try {
        await run(db).catch(async (why: unknown) => {
          if (!isQuota(why)) throw why;
          await db.clear("logs");
          await run(db);
        });
        this.setFull(false);
      } catch (why) {
        if (isQuota(why)) this.setFull(true);
        throw why;
      }
    });
  }

  private put(account: Jid, run: (db: IDBPDatabase<Schema>) => Promise<unknown>): Promise<unknown> {
    return this.gone.has(account) ? Promise.resolve() : this.write(run);
  }

  /** Nothing is read or written any more. */
  async close(): Promise<void> {
    const db = await this.opened;
    this.opened = Promise.resolve(undefined);
    db?.close();
  }

  accounts = async (): Promise<AccountRow[]> => (await this.use((db) => db.getAll("accounts"))) ?? [];
  account = (jid: Jid): Promise<AccountRow | undefined> => this.use((db) => db.get("accounts", jid));
  putAccount = (row: AccountRow): Promise<unknown> => this.put(row.jid, (db) => db.put("accounts", row));

  /** It is here again. */
  admit(account: Jid): void {
    this.gone.delete(account);
    this.gone.delete("");
  }

  conversations = async (account: Jid): Promise<Conversation[]> => (await this.use((db) => db.getAll("conversations", all(account)))) ?? [];
  putConversations = (account: Jid, rows: Conversation[]): Promise<unknown> =>
    this.put(account, async (db) => {
      const write = db.transaction("conversations", "readwrite");
      await Promise.all([...rows.map((row) => write.store.put({ ...row, writing: [], account })), write.done]);
    });
  removeConversation = (account: Jid, jid: Jid): Promise<unknown> => this.use((db) => db.delete("conversations", [account, jid]));

  log = (account: Jid, conversation: Jid): Promise<LogRow | undefined> => this.use((db) => db.get("logs", [account, conversation]));
  putLog = (row: LogRow): Promise<unknown> => (this.gone.has(row.account) ? Promise.resolve() : this.use((db) => db.put("logs", row)));

  outbox = async (account: Jid): Promise<OutboxRow[]> => ((await this.use((db) => db.getAll("outbox", all(account)))) ?? []).toSorted((a, b) => a.time - b.time);
  putOutbox = (row: OutboxRow): Promise<unknown> => this.put(row.account, (db) => db.put("outbox", row));
  removeOutbox = (account: Jid, key: string): Promise<unknown> => this.use((db) => db.delete("outbox", [account, key]));

  setting = async <T>(account: Jid, name: string): Promise<T | undefined> => (await this.use((db) => db.get("settings", [account, name])))?.value as T | undefined;
  putSetting = (account: Jid, name: string, value: unknown): Promise<unknown> => this.put(account, (db) => db.put("settings", { account, name, value }));
  removeSetting = (account: Jid, name: string): Promise<unknown> => this.use((db) => db.delete("settings", [account, name]));

  /** Takes away everything of an account, and with the last one what they had together: pictures of people. */
  wipe(account: Jid): Promise<unknown> {
    this.gone.add(account);
    return this.use(async (db) => {
      const write = db.transaction(["accounts", "conversations", "logs", "outbox", "settings"], "readwrite");
      await Promise.all([
        write.objectStore("accounts").delete(account),
        ...(["conversations", "logs", "outbox", "settings"] as const).map((name) => write.objectStore(name).delete(all(account))),
      ]);
      if ((await write.objectStore("accounts").count()) === 0) {
        this.gone.add("");
        await write.objectStore("settings").clear();
      }
      await write.done;
    });
  }
}

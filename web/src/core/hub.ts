// SPDX-License-Identifier: Apache-2.0
// All accounts of this browser, and the pages that show them.
import type { AccountNews, News } from "../shared/api.ts";
import { type Port, Refusal, serve } from "../shared/rpc.ts";
import type { Jid } from "../shared/types.ts";
import { Account, type MakeStream } from "./account.ts";
import { type AccountRow, Store } from "./store/db.ts";
import { domain, local, bare } from "./xml/el.ts";
import { waitsFor } from "../shared/waits.ts";

const COUNT_AFTER = 150; // ms in which changes become one piece of news
const SIGN_IN_PATIENCE = 30_000; // ms
const LEAVING = 1000; // ms for pages to show that nothing can be typed any more

/** How one comes in without an account. */
export interface Joining {
  lookAt(token: string): Promise<{ inviter?: Jid }>;
  register(domain: string, token: string, username: string, password: string): Promise<void>;
}

/** Waits until nobody else uses the accounts of this browser (turn.ts). */
export type Turn = (leave: (kept: boolean) => Promise<void>) => Promise<void>;

/** What a page that is "taken", or has no account any more, may go on saying, so that it need not know. */
const IDLE = new Set(["attention", "bye", "close", "closeWindow", "displayed", "draft", "keep", "writing", "watchMembers"]);

export class Hub {
  private readonly accounts = new Map<Jid, Account>();
  private readonly store: Store;
  private readonly makeStream: MakeStream;
  private readonly joining: Joining;
  private readonly turn: Turn;
  private readonly pages = new Map<(list: AccountNews[]) => void, () => void>();
  /** Pages that have not answered that they are taken; set once another worker has come. */
  private leaving: Set<unknown> | undefined;
  private counting: ReturnType<typeof setTimeout> | undefined;
  private loaded: Promise<void> | undefined;
  private isOver = false;

  constructor(makeStream: MakeStream, joining: Joining, store = new Store((why) => console.warn("store:", why)), turn: Turn = async () => undefined) {
    this.makeStream = makeStream;
    this.joining = joining;
    this.store = store;
    this.turn = turn;
  }

  /** Answers a page for as long as it is there. */
  attach(port: Port): void {
    let chosen: Account | undefined;
    const hear = <K extends keyof News>(name: K, value: News[K]): void => tell(name, value);
    const own: Record<string, (...args: never[]) => unknown> = {
      signIn: (jid: string, password: string) => this.signIn(bare(jid.trim().toLowerCase()), password),
      accounts: () => this.load().then(() => [...this.accounts.keys()]),
      choose: async (jid: Jid) => {
        chosen?.deafen(hear);
        chosen = this.accounts.get(jid);
        if (!chosen) throw new Refusal("not-there");
        await chosen.listen(hear);
      },
      signOut: async (jid: Jid) => {
        await this.signOut(jid);
        if (chosen?.jid === jid) chosen = undefined;
      },
      invitation: (token: string) => this.joining.lookAt(token),
      register: async (token: string, jid: string, password: string) => {
        const address = bare(jid.trim().toLowerCase());
        await this.joining.register(domain(address), token, local(address), password);
        return this.signIn(address, password);
      },
      keep: () => this.keep(),
      left: () => void this.leaving?.delete(count),
      bye: () => {
        chosen?.deafen(hear);
        this.pages.delete(count);
        this.leaving?.delete(count);
        void this.keep();
      },
    };
    const tell = serve<News>(port, (name, args) => {
      const run = Object.hasOwn(own, name) ? (own[name] as (...args: unknown[]) => unknown) : undefined;
      if (this.isOver) {
        if (name === "left" || IDLE.has(name)) return undefined;
        throw new Refusal("superseded");
      }
      if (run) return run(...args);
      if (!chosen && IDLE.has(name)) return undefined; // the last account has just been signed out
      if (!chosen) throw new Refusal("signed-out" as never);
      return chosen.run(name, args);
    });
    const count = (list: AccountNews[]): void => tell("accounts", list);
    this.pages.set(count, () => tell("taken", true));
  }

  /** What waits in each account, for the rail. */
  private count(): void {
    this.counting ??= setTimeout(() => {
      this.counting = undefined;
      const list = [...this.accounts.values()].map(({ jid, me, rows }) => ({ jid, name: me.name, state: me.state, waiting: rows.all().reduce((sum, row) => sum + waitsFor(row), 0) }));
      for (const page of this.pages.keys()) page(list);
    }, COUNT_AFTER);
  }

  private load(): Promise<void> {
    return (this.loaded ??= this.turn((kept) => this.leave(kept)).then(() => this.store.accounts()).then((rows) => {
      for (const row of rows.toSorted((a, b) => a.added - b.added)) if (row.token) this.start(row);
    }));
  }

  private async keep(): Promise<void> {
    await Promise.all([...this.accounts.values()].map((one) => one.keep()));
  }

  /** Another worker wants to begin: the pages say so first, so that nothing is typed that nobody keeps; then all is kept and left. */
  private async leave(kept: boolean): Promise<void> {
    this.leaving = new Set(this.pages.keys());
    for (const tellTaken of this.pages.values()) tellTaken();
    for (const end = Date.now() + (kept ? LEAVING : 0); this.leaving.size > 0 && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 20));
    this.isOver = true;
    await Promise.all([...this.accounts.values()].map((one) => one.leave()));
    if (kept) await this.keep();
    await this.store.close();
  }

  private start(row: AccountRow, password?: string): Account {
    this.store.admit(row.jid);
    const account = new Account(row, this.store, this.makeStream, password);
    this.accounts.set(row.jid, account);
    void account.listen((name) => {
      if (name === "me" || name === "conversations" || name === "gone") this.count();
    });
    account.stream.start();
    return account;
  }

  /** Resolves once it is online; a wrong password leaves nothing behind. */
  private async signIn(jid: Jid, password: string): Promise<Jid> {
    await this.load();
    const old = this.accounts.get(jid);
    await old?.stream.stop();
    await old?.rows.flush(); // nothing typed is lost
    const before = await this.store.account(jid);
    const row: AccountRow = { jid, agentId: before?.agentId ?? crypto.randomUUID(), added: before?.added ?? Date.now() };
    const account = this.start(row, password);
    const outcome = await new Promise<News["me"] | undefined>((resolve) => {
      const hear = <K extends keyof News>(name: K, value: News[K]): void => {
        const me = value as News["me"];
        if (name !== "me" || (me.state !== "online" && me.state !== "signed-out")) return;
        account.deafen(hear);
        resolve(me);
      };
      setTimeout(() => resolve(undefined), SIGN_IN_PATIENCE);
      void account.listen(hear);
    });
    if (outcome?.state === "online") {
      await this.store.putAccount(row);
      return jid;
    }
    await account.stream.stop();
    this.accounts.delete(jid);
    throw new Refusal(outcome?.fault ?? "offline");
  }

  private async signOut(jid: Jid): Promise<void> {
    const account = this.accounts.get(jid);
    this.accounts.delete(jid);
    await account?.run("revokeMe", []).catch(() => undefined); // offline: the token ends by itself
    await account?.stream.stop();
    await this.store.wipe(jid);
    this.count();
  }
}

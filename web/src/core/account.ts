// SPDX-License-Identifier: Apache-2.0
// One account: its stream, its models, and the table of features over them.
import type { Api, News, Wish } from "../shared/api.ts";
import { Refusal } from "../shared/rpc.ts";
import type { Jid, Me } from "../shared/types.ts";
import type { Context, Feature, FeatureMaker, Hooks } from "./context.ts";
import { type Choice, Choices } from "./model/choices.ts";
import { Logs } from "./model/logs.ts";
import { type KeptMark, Marks } from "./model/marks.ts";
import { Rows } from "./model/rows.ts";
import type { AccountRow, Store } from "./store/db.ts";
import type { Credentials, Stream, StreamEvents } from "./stream/stream.ts";
import { Archive } from "./sync/archive.ts";
import { attention } from "./sync/attention.ts";
import { habits } from "./sync/habits.ts";
import { inbox } from "./sync/inbox.ts";
import { names } from "./sync/names.ts";
import { roster } from "./sync/roster.ts";
import { addFeatures } from "./xml/caps.ts";
import { local } from "./xml/el.ts";
import { ARRANGED, merged, rowWishes, wishesOf } from "./xml/wishes.ts";

/** What the list needs: there from the start. */
const FIRST: FeatureMaker[] = [habits, roster, names, inbox, attention];

/** Everything else (table.ts), loaded when the list is there, or something of it is asked for. */
const REST = async (): Promise<FeatureMaker[]> => (await import("./table.ts")).TABLE;

/** Features that only answer the page, loaded with the first call of one of their methods. */
const LATE: { methods: readonly (keyof Api)[]; load: () => Promise<FeatureMaker> }[] = [
  { methods: ["commands", "command"], load: async () => (await import("./sync/commands.ts")).commands },
  { methods: ["devices", "signOutDevice", "revokeMe", "changePassword"], load: async () => (await import("./sync/devices.ts")).devices },
  { methods: ["invitePerson"], load: async () => (await import("./sync/invites.ts")).invites },
  { methods: ["search"], load: async () => (await import("./sync/search.ts")).search },
  {
    methods: ["createRoom", "publicRooms", "roomInfo", "stay", "setAffiliation", "setRole", "roomForm", "saveRoom", "setRoomPicture", "destroyRoom", "inviteLink"],
    load: async () => (await import("./sync/roomadmin.ts")).roomadmin,
  },
];

const CONNECTING = 8000; // ms
const MARKS = "marks"; // name of the setting
const CHOICES = "choices"; // the same

/** A part of the worker; where it cannot be had (no network, or a server that was renewed), `lost` makes sure that it is asked for again. */
const brought = <T>(load: () => Promise<T>, lost: () => void): Promise<T> =>
  load().catch((why: unknown) => {
    lost();
    throw new Refusal("not-loaded", String(why));
  });

export type MakeStream = (row: AccountRow, credentials: Credentials, events: StreamEvents) => Stream;

export class Account {
  readonly jid: Jid;
  readonly me: Me;
  readonly stream: Stream;
  readonly rows: Rows;
  private readonly logs: Logs;
  private readonly features: Feature[];
  private readonly listeners = new Set<<K extends keyof News>(name: K, value: News[K]) => void>();
  private readonly archive: Archive;
  private readonly choices: Choices;
  private readonly store: Store;
  private readonly secrets: Credentials;
  private readonly context: Context;
  private readonly late = new Map<(typeof LATE)[number], Promise<void>>();
  private rest: Promise<void> | undefined;
  /** What was raised about the list in this session, for those who come later. */
  private readonly said = new Set<"onFirstPage" | "onListed">();
  private ready: Promise<void>;

  constructor(row: AccountRow, store: Store, makeStream: MakeStream, password?: string) {
    this.jid = row.jid;
    this.store = store;
    const me: Me = { jid: row.jid, name: row.name ?? local(row.jid), availability: "available", state: "offline", waiting: 0 };
    this.me = me;
    const nameOf = (jid: Jid): string => (jid === row.jid ? me.name : (this.rows.get(jid)?.name ?? local(jid)));
    this.rows = new Rows({
      tell: (rows) => this.tell("conversations", rows), gone: (jid) => this.gone(jid), keep: (rows) => store.putConversations(row.jid, rows), nameOf: local,
    });
    this.logs = new Logs({
      account: row.jid, owner: () => ({ jid: row.jid, nick: me.name, nameOf }), load: (conversation) => store.log(row.jid, conversation),
      keep: (log) => store.putLog(log), tell: (news) => this.tell("log", news),
    });
    this.secrets = this.credentials(row, password);
    this.stream = makeStream(row, this.secrets, this.streamEvents());
    this.archive = new Archive(row.jid, this.stream);
    const marks = new Marks(this.logs, (kept) => store.putSetting(row.jid, MARKS, kept));
    this.choices = new Choices({
      keep: (all) => store.putSetting(row.jid, CHOICES, all), isOnline: () => this.stream.isOnline,
      refused: ({ kind, key }, fault) => this.tell("refused", { kind, fault, ...(kind === ARRANGED ? { conversation: key } : {}) }),
    });
    this.context = {
      jid: row.jid, stream: this.stream, archive: this.archive, store, rows: this.rows, logs: this.logs, marks, choices: this.choices, me, nameOf, tell: (name, value) => this.tell(name, value), setMe: (change) => this.setMe(change),
      raise: (hook, ...args) => this.raise(hook, ...args), newPassword: (password) => this.newPassword(password),
    };
    this.features = FIRST.map((make) => make(this.context));
    store.watch((isFull) => {
      this.setMe({ unkept: isFull || undefined });
      if (!isFull) void store.putAccount(row); // what could not be kept before: who signed in then would be out with the next page
    });
    this.ready = Promise.all([store.conversations(row.jid), store.setting<KeptMark[]>(row.jid, MARKS), store.setting<Choice[]>(row.jid, CHOICES)]).then(([rows, kept, chosen]) => {
      this.rows.restore(rows);
      if (rows.length > 0) me.listed = true;
      marks.restore(kept ?? []);
      this.choices.restore(chosen ?? []);
      for (const [jid, wish] of this.choices.all<Wish>(ARRANGED)) { // rows are kept later than choices
        const known = this.rows.get(jid);
        if (known) this.rows.update(jid, rowWishes(merged(wishesOf(known), wish)));
      }
    });
  }

  private credentials(row: AccountRow, password: string | undefined): Credentials {
    return {
      ...(password === undefined ? {} : { password }),
      loadToken: async () => row.token,
      saveToken: async (token) => {
        if (token) row.token = token;
        else delete row.token;
        await this.store.putAccount(row);
      },
    };
  }

  /** The old token may be worth nothing now: in again, once, with what was just chosen. Done when the new token is kept: a page loaded before had nothing to come in with. */
  private async newPassword(password: string): Promise<void> {
    await this.secrets.saveToken(undefined);
    this.secrets.password = password;
    await this.stream.stop();
    this.stream.start();
    await this.settled();
  }

  private streamEvents(): StreamEvents {
    return {
      connecting: () => this.setMe({ state: "connecting" }),
      online: (_jid, resumed) => {
        this.setMe({ state: "online", fault: undefined, retryAt: undefined });
        if (!resumed) this.said.clear();
        void this.ready.then(() => {
          this.raise("onOnline", resumed);
          this.choices.flush();
        });
      },
      offline: (retryAt) => {
        const was = this.me.state === "online";
        this.setMe({ state: "offline", retryAt });
        if (was) this.raise("onOffline");
      },
      refused: (fault) => this.setMe({ state: "signed-out", fault, retryAt: undefined }),
      stanza: (el) => void (this.guarded(() => this.archive.take(el)) || this.features.some((one) => this.guarded(() => one.onStanza?.(el)))),
      acked: (el) => this.raise("onAcked", el),
      lost: (el) => this.raise("onLost", el),
    };
  }

  /** What was typed and said is on the disk when it resolves. */
  async keep(): Promise<void> {
    await Promise.all([this.rows.flush(), this.logs.flush()]);
  }

  /** Nothing is sent or fetched here any more. */
  async leave(): Promise<void> {
    this.raise("onLeave");
    await this.stream.stop();
  }

  private raise<K extends keyof Hooks>(hook: K, ...args: Parameters<Hooks[K]>): void {
    if (hook === "onFirstPage" || hook === "onListed") this.said.add(hook);
    if (hook === "onListed") this.setMe({ listed: true });
    if (hook === "onFirstPage") void this.complete().catch(() => undefined); // whatever needs it tries again
    for (const one of this.features) this.guarded(() => (one[hook] as ((...args: Parameters<Hooks[K]>) => unknown) | undefined)?.(...args));
  }

  /** What one feature cannot make sense of must not end the stream, which would only bring it again, nor keep the others from it. */
  private guarded<T>(run: () => T): T | undefined {
    try {
      return run();
    } catch (why) {
      console.error(why);
      return undefined;
    }
  }

  private setMe(change: { [K in keyof Me]?: Me[K] | undefined }): void {
    for (const [key, value] of Object.entries(change)) {
      if (value === undefined) delete (this.me as Partial<Me>)[key as keyof Me];
      else Object.assign(this.me, { [key]: value });
    }
    this.tell("me", { ...this.me });
  }

  private gone(jid: Jid): void {
    this.tell("gone", [jid]);
    void this.store.removeConversation(this.jid, jid);
  }

  private tell<K extends keyof News>(name: K, value: News[K]): void {
    for (const one of this.listeners) one(name, value);
  }

  /** News go there from now on, beginning with all there is. */
  async listen(to: <K extends keyof News>(name: K, value: News[K]) => void): Promise<void> {
    this.listeners.add(to);
    await this.ready;
    to("me", { ...this.me });
    to("conversations", this.rows.all());
    this.raise("onListen");
  }

  deafen(to: <K extends keyof News>(name: K, value: News[K]) => void): void {
    this.listeners.delete(to);
  }

  /** Brings the rest of the features; those who come late hear that it is online. */
  private complete(): Promise<void> {
    return (this.rest ??= brought(REST, () => { this.rest = undefined; }).then((makers) => {
      const made = makers.map((make) => make(this.context));
      addFeatures([...this.features, ...made].flatMap((one) => one.features ?? []));
      this.features.push(...made);
      for (const one of made) {
        if (this.stream.isOnline) one.onOnline?.(false);
        for (const hook of this.said) this.guarded(() => one[hook]?.());
        if (this.listeners.size > 0) one.onListen?.();
      }
    }));
  }

  /** Brings the late feature that has this method. */
  private need(name: string): Promise<void> | undefined {
    const late = LATE.find((one) => (one.methods as readonly string[]).includes(name));
    if (!late) return undefined;
    let coming = this.late.get(late);
    if (!coming) {
      coming = brought(late.load, () => this.late.delete(late)).then((make) => void this.features.push(make(this.context)));
      this.late.set(late, coming);
    }
    return coming;
  }

  /** While the connection is being made, what needs it waits a moment instead of failing. */
  private async settled(): Promise<void> {
    for (const end = Date.now() + CONNECTING; !this.stream.isOnline && this.me.state !== "signed-out" && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  /** A method of the Api; those of the hub are not here. */
  async run(name: string, args: unknown[]): Promise<unknown> {
    await this.ready;
    if (name !== "revokeMe" && LATE.some((one) => (one.methods as readonly string[]).includes(name))) await this.settled(); // signing out waits for nobody
    if (!this.features.some((one) => Object.hasOwn(one.methods ?? {}, name))) await (this.need(name) ?? this.complete());
    for (const one of this.features) {
      const method = Object.hasOwn(one.methods ?? {}, name) ? (one.methods as Record<string, (...args: unknown[]) => unknown>)[name] : undefined;
      if (method) return method(...args);
    }
    throw new Refusal("superseded", `no such method: ${name}`);
  }
}

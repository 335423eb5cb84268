// SPDX-License-Identifier: Apache-2.0
// One device in Node: the core as its worker runs it, a database of its own, a network that can fail, and a page that believes
// what it is told. Notes every step backwards that the page sees.
import { IDBFactory } from "fake-indexeddb";
import { Hub } from "../../src/core/hub.ts";
import { Store } from "../../src/core/store/db.ts";
import { WebSocketStream } from "../../src/core/stream/websocket.ts";
import { infoElement } from "../../src/core/xml/caps.ts";
import { local } from "../../src/core/xml/el.ts";
import { NS } from "../../src/core/xml/ns.ts";
import type { Api, LogNews, News } from "../../src/shared/api.ts";
import { type Remote, connect } from "../../src/shared/rpc.ts";
import type { Conversation, Delivery, Jid, Me, Message } from "../../src/shared/types.ts";
import { PASSWORD } from "../bed/server.ts";
import { Proxy } from "./proxy.ts";
import { note, taken } from "./tap.ts";

const RANK: Record<Delivery, number> = { failed: 0, waiting: 0, sent: 1, delivered: 2, read: 3 };

/** What one page knows. */
export class Page {
  readonly rows = new Map<Jid, Conversation>();
  readonly logs = new Map<Jid, Map<string, Message>>();
  /** Values of `displayed` of a conversation in the order in which they were told. */
  readonly displayed = new Map<Jid, string[]>();
  readonly backwards: string[] = [];
  me: Me | undefined;
  core!: Remote<Api>;
  private near: MessagePort;

  constructor(hub: Hub) {
    const { port1, port2 } = new MessageChannel();
    this.near = port1;
    hub.attach(port2 as never);
    this.core = connect<Api, News>(port1 as never, (name, value) => this.take(name, value));
  }

  private take(name: keyof News, value: unknown): void {
    if (name === "me") this.me = value as Me;
    if (name === "conversations") for (const one of value as Conversation[]) this.takeRow(one);
    if (name === "gone") for (const jid of value as Jid[]) this.rows.delete(jid);
    if (name === "log" && (value as LogNews).window === undefined) this.takeLog(value as LogNews);
  }

  private takeRow(row: Conversation): void {
    this.rows.set(row.jid, row);
    const seen = this.displayed.get(row.jid) ?? [];
    this.displayed.set(row.jid, seen);
    if (row.displayed && seen.at(-1) !== row.displayed) seen.push(row.displayed);
  }

  private takeLog(news: LogNews): void {
    const before = this.logs.get(news.conversation);
    const log = new Map(news.reset ? [] : before);
    for (const one of news.upserts) {
      const was = before?.get(one.key)?.delivery;
      const isRetry = was === "failed" && one.delivery === "waiting";
      if (was && one.delivery && RANK[one.delivery] < RANK[was] && !isRetry) this.backwards.push(`${one.text || one.key}: ${was} -> ${one.delivery}`);
      log.set(one.key, one);
    }
    for (const key of news.removed) log.delete(key);
    this.logs.set(news.conversation, log);
  }

  log = (conversation: Jid): Message[] => [...(this.logs.get(conversation)?.values() ?? [])].toSorted((a, b) => a.order - b.order);

  close(): void {
    this.near.close();
  }
}

export class Device {
  readonly label: string;
  readonly jid: Jid;
  page!: Page;
  network!: Proxy;
  /** Steps backwards of pages that are gone. */
  readonly backwards: string[] = [];
  private readonly target: number;
  private factory = new IDBFactory();
  private store!: Store;
  private hub!: Hub;
  private streams: WebSocketStream[] = [];
  private port = 0;
  /** What went over its sockets, and what was done to it. */
  readonly lines: string[] = [];
  readonly open = new Set<Jid>();

  constructor(label: string, jid: Jid, target: number) {
    this.label = label;
    this.jid = jid;
    this.target = target;
  }

  /** Starts the worker and a page. */
  async boot(): Promise<void> {
    this.network = new Proxy(this.target);
    this.port = await this.network.port();
    const service = `ws://127.0.0.1:${this.port}/xmpp-websocket`;
    (globalThis as { indexedDB: unknown }).indexedDB = this.factory;
    this.store = new Store(() => undefined);
    void this.store.open(); // while it is that of this device
    this.hub = new Hub((row, credentials, events) => {
      const config = { service, domain: "localhost", username: local(row.jid), agentId: row.agentId, device: this.label };
      const stream = new WebSocketStream(config, credentials, events);
      stream.answer(NS.discoInfo, "query", () => infoElement());
      this.streams.push(stream);
      return stream;
    }, { lookAt: () => Promise.reject(new Error("not here")), register: () => Promise.reject(new Error("not here")) }, this.store);
    this.page = new Page(this.hub);
    const known = await this.page.core.accounts();
    if (!known.includes(this.jid)) await this.page.core.signIn(this.jid, PASSWORD);
    await this.page.core.choose(this.jid);
    for (const one of this.open) await this.page.core.open(one);
  }

  /** Another page of the same worker. */
  async secondPage(): Promise<Page> {
    const page = new Page(this.hub);
    await page.core.choose(this.jid);
    return page;
  }

  /** As when the browser is killed: nothing more is said, and nothing more is kept. */
  async kill(): Promise<void> {
    this.network.close();
    this.lines.push(...taken(this.port));
    this.backwards.push(...this.page.backwards);
    this.page.close();
    (await (this.store as unknown as { opened: Promise<IDBDatabase | undefined> }).opened)?.close();
    for (const one of this.streams.splice(0)) await one.stop();
  }

  note = (text: string): void => note(this.port, text);

  forget(): void {
    this.factory = new IDBFactory();
  }
}

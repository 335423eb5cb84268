// SPDX-License-Identifier: Apache-2.0
// Stream over the package @xmpp/client: SASL2 with SCRAM or a token (XEP-0388, 0484), Bind 2 (0386), resumption (0198), and
// connecting again with growing pauses. The package's own reconnecting and its password mechanisms are switched off.
import { client } from "@xmpp/client";
import { Refusal } from "../../shared/rpc.ts";
import type { Fault } from "../../shared/types.ts";
import { type El, h } from "../xml/el.ts";
import { NS } from "../xml/ns.ts";
import { scram } from "./scram.ts";
import type { Credentials, Stream, StreamEvents, Token } from "./stream.ts";

const PATIENCE = 20_000; // ms for each step of opening a stream
const PAUSE_FIRST = 300; // ms
const PAUSE_MAX = 30_000;
const SUSPECT = 5_000; // ms in which a nudged connection must answer

export interface StreamConfig {
  /** "wss://host/xmpp-websocket" */
  service: string;
  domain: string;
  username: string;
  /** Names this browser for ever (XEP-0388, 2.3.1). */
  agentId: string;
  device: string;
}

interface Emitter {
  // oxlint-disable-next-line typescript/no-explicit-any -- events of the package have every shape
  on(event: string, run: (...args: any[]) => void): void;
}
interface Entity extends Emitter {
  status: string;
  timeout: number;
  jid: { toString(): string } | null;
  start(): Promise<unknown>;
  stop(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  send(el: El): Promise<void>;
  reconnect: { stop(): void; reconnect(): Promise<void> };
  streamManagement: Emitter & { id: string };
  saslFactory: { _mechs: unknown[]; use(mechanism: unknown): void };
  fast: { saveToken(token: Token): Promise<void>; fetchToken(): Promise<Token | undefined>; deleteToken(): Promise<void> };
  bind2: { use(ns: string, request: () => El | undefined): void };
  iqCaller: { request(el: El, patience: number): Promise<El> };
  iqCallee: {
    get(ns: string, name: string, run: (context: { stanza: El; element: El }) => El | true | undefined): void;
    set(ns: string, name: string, run: (context: { stanza: El; element: El }) => El | true | undefined): void;
  };
}

const FAULTS: Record<string, Fault> = {
  "not-authorized": "not-authorized", "credentials-expired": "credentials-expired", "account-disabled": "account-gone", "item-not-found": "not-there",
  "remote-server-not-found": "no-such-address", "remote-server-timeout": "timeout", forbidden: "forbidden", "registration-required": "not-member",
  conflict: "conflict", "not-acceptable": "too-big", "resource-constraint": "quota", "policy-violation": "too-fast",
};

/** What an error of the package or of the server means to people. */
export function faultOf(why: unknown): Fault {
  if (why instanceof Refusal) return why.fault;
  const condition = (why as { condition?: string } | undefined)?.condition;
  if (condition) return FAULTS[condition] ?? "refused";
  return (why as { name?: string } | undefined)?.name === "TimeoutError" ? "timeout" : "offline";
}

export class XmppJsStream implements Stream {
  private readonly entity: Entity;
  private readonly events: StreamEvents;
  private wanted = false;
  private attempts = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private refusal: Fault | undefined;
  private resumed = false;
  jid: string | undefined;
  isOnline = false;

  constructor(config: StreamConfig, credentials: Credentials, events: StreamEvents) {
    this.events = events;
    const agent = h("user-agent", { id: config.agentId }, h("software", {}, "Parley"), h("device", {}, config.device));
    this.entity = client({
      service: config.service, domain: config.domain, resource: "parley", timeout: PATIENCE,
      credentials: (authenticate: Authenticate, mechanisms: string[], fast: unknown) => this.logIn(config, credentials, agent, authenticate, mechanisms, fast),
    } as never) as unknown as Entity;
    this.entity.timeout = PATIENCE;
    this.entity.reconnect.stop();
    this.entity.saslFactory._mechs = [];
    this.entity.saslFactory.use(scram("SCRAM-SHA-512", "SHA-512", 512));
    this.entity.saslFactory.use(scram("SCRAM-SHA-256", "SHA-256", 256));
    this.entity.fast.saveToken = (token) => credentials.saveToken(token);
    this.entity.fast.fetchToken = () => credentials.loadToken();
    this.entity.fast.deleteToken = () => credentials.saveToken(undefined);
    this.entity.bind2.use(NS.carbons, () => h("enable", { xmlns: NS.carbons }));
    this.listen();
  }

  private async logIn(config: StreamConfig, credentials: Credentials, agent: El, authenticate: Authenticate, mechanisms: string[], fast: unknown): Promise<void> {
    const token = fast ? await credentials.loadToken() : undefined;
    if (!token && !credentials.password) {
      this.refuse("credentials-expired");
      return;
    }
    try {
      await authenticate({ username: config.username, password: credentials.password, token }, mechanisms[0], agent);
      delete credentials.password;
    } catch (why) {
      const condition = (why as { condition?: string }).condition;
      const isFinal = condition && !["temporary-auth-failure", "aborted"].includes(condition);
      if (isFinal || (token && !credentials.password && !(await credentials.loadToken()))) this.refuse(token ? "credentials-expired" : faultOf(why));
      else void this.entity.disconnect().catch(() => undefined);
    }
  }

  private refuse(fault: Fault): void {
    this.refusal = fault;
    this.wanted = false;
    void this.entity.disconnect().catch(() => undefined);
    this.events.refused(fault);
  }

  private listen(): void {
    const { entity, events } = this;
    entity.on("error", () => undefined); // told by "disconnect"
    entity.on("stanza", (el: El) => {
      if (el.name !== "iq" || el.attrs.type === "set") events.stanza(el);
    });
    entity.on("status", (status: string) => this.onStatus(status));
    entity.streamManagement.on("resumed", () => {
      this.resumed = true;
      this.goOnline();
    });
    entity.streamManagement.on("ack", (el: El) => events.acked(el));
    entity.streamManagement.on("fail", (el: El) => events.lost(el));
    for (const [ns, name] of [[NS.roster, "query"], [NS.blocking, "block"], [NS.blocking, "unblock"]] as const) {
      entity.iqCallee.set(ns, name, ({ stanza }) => (!stanza.attrs.from || stanza.attrs.from === this.jid?.split("/")[0] ? true : undefined));
    }
  }

  /** Answers an iq that asks; once for each namespace. */
  answer(ns: string, name: string, run: (el: El) => El | true | undefined): void {
    this.entity.iqCallee.get(ns, name, ({ element }) => run(element));
  }

  private onStatus(status: string): void {
    if (status === "connecting") this.events.connecting();
    if (status === "online") this.goOnline();
    if (status !== "disconnect" && status !== "offline") return;
    const was = this.isOnline;
    this.isOnline = false;
    if (!this.wanted) {
      if (was && !this.refusal) this.events.offline(undefined);
      return;
    }
    this.later();
  }

  private goOnline(): void {
    this.attempts = 0;
    this.isOnline = true;
    this.jid = String(this.entity.jid);
    const resumed = this.resumed;
    this.resumed = false;
    this.events.online(this.jid, resumed);
  }

  private later(): void {
    clearTimeout(this.timer);
    const pause = this.attempts === 0 ? PAUSE_FIRST : Math.min(PAUSE_MAX, 1000 * 2 ** (this.attempts - 1)) * (0.75 + Math.random() / 2);
    this.attempts++;
    this.timer = setTimeout(() => this.again(), pause);
    this.events.offline(Date.now() + pause);
  }

  private again(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.wanted || this.isOnline) return;
    this.entity.reconnect.reconnect().catch(() => {
      if (this.wanted && !this.isOnline && !this.timer) void this.entity.disconnect().catch(() => this.later());
    });
  }

  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.refusal = undefined;
    this.entity.start().catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.wanted = false;
    clearTimeout(this.timer);
    await this.entity.stop().catch(() => undefined);
  }

  nudge(): void {
    if (!this.wanted) return;
    if (!this.isOnline) {
      if (this.timer) this.again();
      return;
    }
    this.request(h("iq", { type: "get" }, h("ping", { xmlns: NS.ping })), SUSPECT).catch((why: unknown) => {
      if (faultOf(why) === "timeout" && this.isOnline) void this.entity.disconnect().catch(() => undefined);
    });
  }

  send(el: El): void {
    this.entity.send(el).catch(() => undefined); // XEP-0198 tells what has not arrived
  }

  async request(el: El, patience = 30_000): Promise<El> {
    if (!this.isOnline) throw new Refusal("offline");
    try {
      return await this.entity.iqCaller.request(el, patience);
    } catch (why) {
      throw new Refusal(faultOf(why), String((why as { text?: string }).text || why));
    }
  }
}

type Authenticate = (credentials: { username: string; password: string | undefined; token: Token | undefined }, mechanism: string | undefined, agent: El) => Promise<void>;

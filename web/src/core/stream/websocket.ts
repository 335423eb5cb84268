// SPDX-License-Identifier: Apache-2.0
// The stream of an account: one Line after the other, sessions that go on over them (XEP-0198), growing pauses between attempts, and
// connections that only seem open are noticed. docs/adr/0013: why this is no package.
import { Refusal } from "../../shared/rpc.ts";
import { type El, h } from "../xml/el.ts";
import { NS } from "../xml/ns.ts";
import { Questions } from "./asked.ts";
import { Line } from "./line.ts";
import { Counted } from "./sm.ts";
import type { Credentials, Stream, StreamConfig, StreamEvents } from "./stream.ts";

const PAUSE_FIRST = 300; // ms
const PAUSE_MAX = 30_000;
const SUSPECT = 5_000; // ms in which a connection must answer that is looked after
const ACK_AFTER = 250; // ms: one question after several stanzas
const LOOK_EVERY = 10_000; // ms
const SLEPT = 25_000; // ms between two looks: the machine was asleep
const QUIET = 30_000; // ms without a word of the server after which it is asked
const PUSHY = ["conflict", "policy-violation", "resource-constraint"]; // who is told this comes back later

const isStanza = (el: El): boolean => el.name === "message" || el.name === "presence" || el.name === "iq";

export class WebSocketStream implements Stream {
  private readonly config: StreamConfig;
  private readonly credentials: Credentials;
  private readonly events: StreamEvents;
  private readonly questions: Questions;
  private line: Line | undefined;
  private session: Counted | undefined;
  private wanted = false;
  private attempts = 0;
  private begun = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asking: ReturnType<typeof setTimeout> | undefined;
  private suspicion: ReturnType<typeof setTimeout> | undefined;
  private looking: ReturnType<typeof setInterval> | undefined;
  private heardAt = 0;
  jid: string | undefined;
  isOnline = false;

  constructor(config: StreamConfig, credentials: Credentials, events: StreamEvents) {
    [this.config, this.credentials, this.events] = [config, credentials, events];
    this.questions = new Questions(`${config.username}@${config.domain}`);
  }

  answer(ns: string, name: string, run: (el: El) => El | true | undefined): void {
    this.questions.answer(ns, name, run);
  }

  // ---- coming and going

  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.attempts = 0;
    let last = Date.now();
    this.looking = setInterval(() => {
      const now = Date.now();
      if (now - last > SLEPT || (this.isOnline && now - this.heardAt > QUIET)) this.nudge();
      last = now;
    }, LOOK_EVERY);
    this.connect();
  }

  async stop(): Promise<void> {
    const [was, line] = [this.isOnline, this.line];
    this.rest();
    if (line) {
      if (this.session) line.say(h("a", { xmlns: NS.sm, h: this.session.heard }));
      await line.close();
    }
    this.endSession();
    if (was) this.events.offline(undefined);
  }

  /** Nothing more is tried. */
  private rest(): void {
    this.wanted = false;
    this.isOnline = false;
    this.line = undefined;
    clearInterval(this.looking);
    for (const one of [this.timer, this.asking, this.suspicion]) clearTimeout(one);
    [this.timer, this.asking, this.suspicion] = [undefined, undefined, undefined];
  }

  private connect(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.begun = Date.now();
    this.events.connecting();
    const previous = this.session?.id ? this.session : undefined;
    const line = new Line(this.config, this.credentials, previous, {
      success: (el) => this.line === line && this.welcome(el),
      element: (el) => this.line === line && this.take(el),
      ended: (why) => this.line === line && this.ended(why),
    });
    this.line = line;
  }

  private ended({ fault, condition }: { fault?: Refusal["fault"]; condition?: string }): void {
    if (fault) {
      this.rest();
      this.endSession();
      this.events.refused(fault);
      return;
    }
    this.isOnline = false;
    this.line = undefined;
    clearTimeout(this.suspicion);
    clearTimeout(this.asking);
    [this.suspicion, this.asking] = [undefined, undefined];
    if (condition) this.endSession(); // RFC 6120, 4.9.1.1: after an error there is no stream to go on with
    const pause = PUSHY.includes(condition ?? "") ? PAUSE_MAX : this.attempts === 0 ? PAUSE_FIRST : Math.min(PAUSE_MAX, 1000 * 2 ** (this.attempts - 1)) * (0.75 + Math.random() / 2);
    this.attempts++;
    this.timer = setTimeout(() => this.connect(), pause);
    this.events.offline(Date.now() + pause);
  }

  private endSession(): void {
    const lost = this.session?.unacked ?? [];
    this.session = undefined;
    this.questions.drop();
    for (const one of lost) this.events.lost(one);
  }

  /** Logged in: the session goes on, or a new one begins. */
  private welcome(el: El): void {
    const resumed = el.getChild("resumed", NS.sm);
    const enabled = el.getChild("bound", NS.bind2)?.getChild("enabled", NS.sm);
    this.heardAt = Date.now();
    this.attempts = 0;
    if (resumed && this.session) {
      this.acked(resumed.attrs.h);
      for (const one of this.session?.unacked ?? []) this.line?.say(one);
    } else {
      const known = el.getChild("failed", NS.sm)?.attrs.h; // XEP-0198, 5: it is gone, but not what it had counted
      if (known !== undefined) this.acked(known);
      this.endSession();
      this.jid = el.getChildText("authorization-identifier") ?? undefined;
      this.session = new Counted(enabled?.attrs.resume === "false" ? "" : (enabled?.attrs.id ?? ""));
    }
    this.isOnline = true;
    if (this.session && this.session.unacked.length > 0) this.askSoon();
    this.events.online(this.jid ?? "", resumed !== undefined);
  }

  // ---- stanzas

  private take(el: El): void {
    this.heardAt = Date.now();
    clearTimeout(this.suspicion);
    this.suspicion = undefined;
    if (el.is("r", NS.sm)) this.line?.say(h("a", { xmlns: NS.sm, h: this.session?.heard ?? 0 }));
    else if (el.is("a", NS.sm)) this.acked(el.attrs.h);
    else if (isStanza(el)) this.takeStanza(el);
  }

  private takeStanza(el: El): void {
    this.session?.hear();
    if (el.name !== "iq") return this.events.stanza(el);
    if (this.questions.take(el)) return;
    const answer = this.questions.answerTo(el);
    if (el.attrs.type === "set" && answer.attrs.type === "result") this.events.stanza(el);
    this.send(answer);
  }

  private acked(count: string | undefined): void {
    const done = this.session?.ack(Number(count));
    for (const one of done ?? []) this.events.acked(one);
  }

  private askSoon(): void {
    clearTimeout(this.asking);
    this.asking = setTimeout(() => {
      this.asking = undefined;
      this.line?.say(h("r", { xmlns: NS.sm }));
    }, ACK_AFTER);
  }

  send(el: El): void {
    el.attrs.xmlns ??= NS.client;
    if (!this.isOnline || !this.line) {
      queueMicrotask(() => this.events.lost(el));
      return;
    }
    this.session?.said(el); // when it does not leave now, it does after the next login
    this.line.say(el);
    this.askSoon();
  }

  request(el: El, patience = 30_000): Promise<El> {
    if (!this.isOnline) return Promise.reject(new Refusal("offline"));
    return this.questions.ask(el, patience, (iq) => this.send(iq));
  }

  nudge(): void {
    if (!this.wanted) return;
    if (this.timer) this.connect();
    else if (!this.isOnline) {
      if (Date.now() - this.begun > SUSPECT) this.again();
    } else if (!this.suspicion) {
      this.line?.say(h("r", { xmlns: NS.sm }));
      this.suspicion = setTimeout(() => this.again(), SUSPECT);
    }
  }

  /** This connection is worth nothing. */
  private again(): void {
    this.line?.leave();
    this.attempts = 0;
    this.ended({});
    this.connect();
  }
}


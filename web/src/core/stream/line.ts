// SPDX-License-Identifier: Apache-2.0
// One connection (RFC 7395) from opening to login (XEP-0388 with 0484 tokens, 0386 and 0198). It is used once: what comes
// of it after it was left is heard by nobody. Who has a token says all that is needed at once, so that it takes one round trip.
import type { Fault } from "../../shared/types.ts";
import { type El, h } from "../xml/el.ts";
import { parseStored } from "../xml/parse.ts";
import { NS } from "../xml/ns.ts";
import { conditionOf, faultOf } from "./faults.ts";
import { Hashed, type Login, TOKEN_MECHANISM } from "./hashed.ts";
import type { Credentials, StreamConfig, Token } from "./stream.ts";

const PATIENCE = 20_000; // ms until the next sign of the server while logging in
const LEAVE = 1_000; // ms for the server to say goodbye, too

export interface LineEvents {
  /** Logged in: what <success/> says. */
  success(el: El): void;
  /** Everything that comes after it. */
  element(el: El): void;
  /** There is nothing more to come; once. With a fault: trying again makes no sense. With a condition: the server said why. */
  ended(why: { fault?: Fault; condition?: string }): void;
}

export class Line {
  private readonly socket: WebSocket;
  private readonly config: StreamConfig;
  private readonly credentials: Credentials;
  private readonly events: LineEvents;
  private readonly previous: { id: string; heard: number } | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private mechanisms: string[] = [];
  private login: Login | undefined;
  private withToken = false;
  private isIn = false;
  private isOver = false;
  private turn: Promise<void> = Promise.resolve();
  private condition: string | undefined;

  /** `previous`: the session to go on with. */
  constructor(config: StreamConfig, credentials: Credentials, previous: { id: string; heard: number } | undefined, events: LineEvents) {
    [this.config, this.credentials, this.previous, this.events] = [config, credentials, previous, events];
    this.socket = new WebSocket(config.service, "xmpp");
    this.wait();
    this.socket.onopen = () => this.inTurn(() => this.begin());
    this.socket.onclose = () => this.inTurn(() => this.end({}));
    this.socket.onmessage = ({ data }: MessageEvent<string>) => this.inTurn(() => this.take(data));
  }

  /** One after the other, although proofs take time; what is thrown ends the line. Once logged in nothing takes time. */
  private inTurn(run: () => void | Promise<void>): void {
    const fail = (): void => this.end({});
    if (!this.isIn) this.turn = this.turn.then(run).catch(fail);
    else {
      try {
        void run();
      } catch {
        fail();
      }
    }
  }

  private wait(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.end({}), PATIENCE);
  }

  private end(why: { fault?: Fault; condition?: string }): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.timer);
    this.socket.close();
    const condition = why.condition ?? this.condition;
    this.events.ended({ ...why, ...(condition ? { condition } : {}) });
  }

  /** False: it has not left. */
  say(el: El): boolean {
    if (this.isOver || this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(el.toString());
    return true;
  }

  /** Nobody hears of it any more. */
  leave(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    this.socket.close();
  }

  /** The end in order; resolves when the server has said it, too, or has taken too long. */
  close(): Promise<void> {
    const isOpen = this.say(h("close", { xmlns: NS.framing }));
    this.isOver = true;
    clearTimeout(this.timer);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.socket.close();
        resolve(); // a browser takes its time to give up
      }, isOpen ? LEAVE : 0);
      this.socket.onclose = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  // ---- logging in

  private async begin(): Promise<void> {
    this.say(h("open", { xmlns: NS.framing, to: this.config.domain, version: "1.0" }));
    const token = await this.credentials.loadToken();
    if (token && isGood(token)) {
      this.withToken = true;
      await this.authenticate(new Hashed(this.config.username, token.token), h("fast", { xmlns: NS.fast }));
    }
  }

  private async authenticate(login: Login, more: El): Promise<void> {
    this.login = login;
    const { agentId, device } = this.config;
    const resume = this.previous?.id ? h("resume", { xmlns: NS.sm, previd: this.previous.id, h: this.previous.heard }) : undefined;
    this.say(h("authenticate", { xmlns: NS.sasl2, mechanism: login.mechanism },
      h("initial-response", {}, await login.first()),
      h("user-agent", { id: agentId }, h("software", {}, "Parley"), h("device", {}, device)), resume,
      h("bind", { xmlns: NS.bind2 }, h("tag", {}, "parley"), h("enable", { xmlns: NS.carbons }), h("enable", { xmlns: NS.sm, resume: "true" })), more));
  }

  private async withPassword(): Promise<void> {
    const { password } = this.credentials;
    if (password === undefined) return this.end({ fault: "credentials-expired" });
    const scram = await import("./scram.ts").catch(() => undefined);
    if (!scram) return this.end({ fault: "not-loaded" });
    const mechanism = scram.bestScram(this.mechanisms);
    if (!mechanism) return this.end({ fault: "refused" });
    await this.authenticate(new scram.Scram(mechanism, this.config.username, password), h("request-token", { xmlns: NS.fast, mechanism: TOKEN_MECHANISM }));
  }

  private take(data: string): void | Promise<void> {
    if (this.isOver) return undefined;
    const el = parseStored(data);
    if (el.name === "stream:error") {
      this.condition = conditionOf(el) || "undefined-condition";
      return this.end(this.isIn && this.condition === "not-authorized" ? { fault: "account-gone" } : {}); // RFC 6120, 4.9.3.12: nobody is there any more to whom it belongs
    }
    if (el.is("close", NS.framing)) return this.end({});
    if (this.isIn) return this.events.element(el);
    this.wait();
    if (el.name === "stream:features") return this.takeFeatures(el);
    return el.getNS() === NS.sasl2 ? this.takeLogin(el) : undefined;
  }

  private takeFeatures(el: El): void | Promise<void> {
    this.mechanisms = el.getChild("authentication", NS.sasl2)?.getChildren("mechanism").map((one) => one.text()) ?? [];
    if (!this.login) return this.withPassword();
  }

  private async takeLogin(el: El): Promise<void> {
    const { login } = this;
    if (!login) return;
    if (el.name === "challenge") return void this.say(h("response", { xmlns: NS.sasl2 }, await login.challenge(el.text())));
    if (el.name === "failure") return this.failed(conditionOf(el));
    if (el.name !== "success") return this.end({ fault: "refused" });
    await login.final(el.getChildText("additional-data") ?? "");
    const token = el.getChild("token", NS.fast);
    if (token?.attrs.token) await this.credentials.saveToken({ mechanism: TOKEN_MECHANISM, token: token.attrs.token, expiry: token.attrs.expiry ?? "" });
    if (!this.withToken) delete this.credentials.password;
    if (this.isOver) return;
    clearTimeout(this.timer);
    this.isIn = true;
    this.events.success(el);
  }

  /** A token can be too old: then the password, if it is still known. */
  private async failed(condition: string): Promise<void> {
    const isTokenBad = this.withToken && ["not-authorized", "credentials-expired"].includes(condition);
    if (isTokenBad) {
      this.withToken = false;
      await this.credentials.saveToken(undefined);
      if (this.credentials.password !== undefined) return this.withPassword();
      return this.end({ fault: "credentials-expired" });
    }
    if (["temporary-auth-failure", "aborted", "malformed-request"].includes(condition)) return this.end({ condition });
    this.end({ fault: faultOf(condition) });
  }
}

const isGood = (token: Token): boolean => token.mechanism === TOKEN_MECHANISM && !(Date.parse(token.expiry) <= Date.now());

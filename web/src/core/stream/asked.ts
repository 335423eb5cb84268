// SPDX-License-Identifier: Apache-2.0
// Questions (iq) both ways: ours, until they are answered by whom they were put to, and those of others.
import { Refusal } from "../../shared/rpc.ts";
import { type El, bare, domain, h } from "../xml/el.ts";
import { NS } from "../xml/ns.ts";
import { refusalOf } from "./faults.ts";

interface Open {
  to: string | undefined;
  resolve(answer: El): void;
  reject(why: Refusal): void;
  timer: ReturnType<typeof setTimeout>;
}

export class Questions {
  private readonly open = new Map<string, Open>();
  private readonly answers = new Map<string, (el: El) => El | true | undefined>();
  /** One's own address, bare. */
  private readonly own: string;

  constructor(own: string) {
    this.own = own;
    this.answers.set(`${NS.ping} ping`, () => true);
  }

  /** Puts one; `say` sends it. Milliseconds. */
  ask(el: El, patience: number, say: (el: El) => void): Promise<El> {
    const id = (el.attrs.id ??= crypto.randomUUID());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.end(id)?.reject(new Refusal("timeout")), patience);
      this.open.set(id, { to: el.attrs.to, resolve, reject, timer });
      say(el);
    });
  }

  private end(id: string): Open | undefined {
    const found = this.open.get(id);
    clearTimeout(found?.timer);
    this.open.delete(id);
    return found;
  }

  /** Nobody answers any more. */
  drop(): void {
    for (const id of this.open.keys()) this.end(id)?.reject(new Refusal("offline"));
  }

  /** Who was asked, must answer (RFC 6120, 8.1.2.1): without an address it was the account, and its server speaks for it. */
  private isFrom(to: string | undefined, from: string | undefined): boolean {
    const mine = from === undefined || bare(from) === this.own || from === domain(this.own);
    return to === undefined || to === this.own ? mine : from === to;
  }

  /** True: it was an answer. */
  take(el: El): boolean {
    if (el.attrs.type !== "result" && el.attrs.type !== "error") return false;
    const id = el.attrs.id ?? "";
    const asked = this.open.get(id);
    if (!asked || !this.isFrom(asked.to, el.attrs.from)) return true;
    this.end(id);
    if (el.attrs.type === "result") asked.resolve(el);
    else asked.reject(refusalOf(el));
    return true;
  }

  /** Who asks for this element with get is answered by `run`. */
  answer(ns: string, name: string, run: (el: El) => El | true | undefined): void {
    this.answers.set(`${ns} ${name}`, run);
  }

  /** The answer to somebody's question; what only the account itself may push is taken only from it. */
  answerTo(el: El): El {
    const child = el.getChildElements()[0];
    const key = `${child?.getNS()} ${child?.name}`;
    const isPush = el.attrs.type === "set" && [`${NS.roster} query`, `${NS.blocking} block`, `${NS.blocking} unblock`].includes(key);
    const said = isPush ? this.isFrom(undefined, el.attrs.from) || undefined : el.attrs.type === "get" && child ? this.answers.get(key)?.(child) : undefined;
    const attrs = { to: el.attrs.from, id: el.attrs.id };
    if (said === true) return h("iq", { ...attrs, type: "result" });
    if (said) return h("iq", { ...attrs, type: "result" }, said);
    return h("iq", { ...attrs, type: "error" }, h("error", { type: "cancel" }, h("service-unavailable", { xmlns: NS.stanzas })));
  }
}

// SPDX-License-Identifier: Apache-2.0
// An account by invitation (XEP-0445, 0077), before there is one to log in with: a WebSocket (RFC 7395) of its own, with just this on it.
import { lookUp } from "../../shared/lookup.ts";
import { decoded } from "../../shared/uri.ts";
import { Refusal } from "../../shared/rpc.ts";
import type { Fault } from "../../shared/types.ts";
import { type El, h } from "../xml/el.ts";
import { NS } from "../xml/ns.ts";
import { parseStored } from "../xml/parse.ts";

const PATIENCE = 30_000; // ms for all of it
const FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";

const FAULTS: Record<string, Fault> = {
  conflict: "conflict", "item-not-found": "not-there", "not-allowed": "not-there", "not-acceptable": "too-big", "resource-constraint": "too-fast", "policy-violation": "too-fast",
  "bad-request": "refused", "jid-malformed": "refused",
};

/** What an error says, as a fault. */
export function faultOfError(el: El): Refusal {
  const error = el.getChild("error");
  const condition = error?.getChildElements().find((one) => one.name !== "text")?.name ?? "";
  return new Refusal(lookUp(FAULTS, condition) ?? "refused", error?.getChildText("text") ?? condition);
}

/** The next stanza that the server sends; the stream must be open. */
class Line {
  private readonly socket: WebSocket;
  private readonly arrived: El[] = [];
  private wake: (() => void) | undefined;
  private ended = false;

  constructor(service: string) {
    this.socket = new WebSocket(service, "xmpp");
    this.socket.onmessage = ({ data }: MessageEvent<string>) => {
      this.arrived.push(parseStored(data));
      this.wake?.();
    };
    this.socket.onclose = () => {
      this.ended = true;
      this.wake?.();
    };
  }

  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.onopen = () => resolve();
      this.socket.onerror = () => reject(new Refusal("offline"));
    });
  }

  send(el: El): void {
    this.socket.send(el.toString());
  }

  async until(test: (el: El) => boolean): Promise<El> {
    for (;;) {
      const at = this.arrived.findIndex(test);
      if (at >= 0) return this.arrived.splice(at, 1)[0] as El;
      if (this.ended) throw new Refusal("offline");
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  async ask(id: string, to: string, payload: El): Promise<void> {
    this.send(h("iq", { xmlns: NS.client, type: "set", id, to }, payload));
    const answer = await this.until((el) => el.name === "iq" && el.attrs.id === id);
    if (answer.attrs.type !== "result") throw faultOfError(answer);
  }

  close(): void {
    this.socket.close();
  }
}

async function make(line: Line, domain: string, token: string, username: string, password: string): Promise<void> {
  await line.opened();
  line.send(h("open", { xmlns: FRAMING, to: domain, version: "1.0" }));
  await line.until((el) => el.name.endsWith("features"));
  await line.ask("token", domain, h("preauth", { xmlns: NS.pars, token }));
  await line.ask("account", domain, h("query", { xmlns: NS.register }, h("username", {}, username), h("password", {}, password)));
  line.send(h("close", { xmlns: FRAMING }));
}

/** Makes the account. Refusal: not-there (the invitation is no longer good), conflict (the name is taken), refused (it is no name). */
export async function register(service: string, domain: string, token: string, username: string, password: string): Promise<void> {
  const line = new Line(service);
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Refusal("timeout")), PATIENCE));
  try {
    await Promise.race([make(line, domain, token, username, password), late]);
  } finally {
    line.close();
  }
}

/** Who invites, if the page of the invitation says it. Refusal not-there: it was used, or is too old. */
export async function lookAt(token: string): Promise<{ inviter?: string }> {
  const answer = await fetch(`/i/${encodeURIComponent(token)}`, { headers: { accept: "text/html" } }).catch(() => {
    throw new Refusal("offline");
  });
  if (answer.status === 404 || answer.status === 410) throw new Refusal("not-there");
  if (answer.status === 429) throw new Refusal("too-fast");
  const inviter = /href="xmpp:([^"?]+@[^"?]+)\?roster;/.exec(await answer.text())?.[1];
  return inviter ? { inviter: decoded(inviter).toLowerCase() } : {};
}

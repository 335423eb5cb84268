// SPDX-License-Identifier: Apache-2.0
// Somebody who only speaks: a stream without anything above it, which keeps nothing of what it hears.
import { WebSocketStream } from "../src/core/stream/websocket.ts";
import type { El } from "../src/core/xml/el.ts";
import { parseStored } from "../src/core/xml/parse.ts";
import { PASSWORD, type Server } from "../test/bed/server.ts";

const PATIENCE = 60_000; // ms

export class Voice {
  readonly name: string;
  private readonly stream: WebSocketStream;
  private readonly hearers = new Set<(el: El) => void>();

  private constructor(server: Server, name: string, online: () => void, refused: (why: Error) => void) {
    this.name = name;
    this.stream = new WebSocketStream(
      { service: `${server.url.replace("http", "ws")}/xmpp-websocket`, domain: "localhost", username: name, agentId: crypto.randomUUID(), device: "bench" },
      { password: PASSWORD, loadToken: async () => undefined, saveToken: async () => undefined },
      {
        online, offline: () => undefined, connecting: () => undefined, refused: (fault) => refused(new Error(fault)), acked: () => undefined,
        lost: (el) => refused(new Error(`lost: ${el}`)), stanza: (el) => { for (const hear of this.hearers) hear(el); },
      },
    );
  }

  /** Signs in; the account is made when it is not there. */
  static async in(server: Server, name: string): Promise<Voice> {
    server.addUser(name);
    return new Promise((resolve, reject) => {
      const made: Voice = new Voice(server, name, () => resolve(made), reject);
      made.stream.start();
    });
  }

  send = (stanza: string): void => this.stream.send(parseStored(stanza));
  ask = (iq: string): Promise<El> => this.stream.request(parseStored(iq), PATIENCE);
  stop = (): Promise<void> => this.stream.stop();

  /** Enters a room; resolves when one is in it. */
  async enter(room: string): Promise<void> {
    const inside = this.until((el) => el.name === "presence" && el.attrs.from === `${room}/${this.name}`);
    this.send(`<presence to='${room}/${this.name}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>`);
    const el = await inside;
    if (el.attrs.type === "error") throw new Error(`${room}: ${el}`);
  }

  say(room: string, text: string): void {
    this.send(`<message type='groupchat' to='${room}' id='${crypto.randomUUID()}'><body>${text}</body></message>`);
  }

  /** The first stanza that fits. */
  until(fits: (el: El) => boolean): Promise<El> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.hearers.delete(hear);
        reject(new Error(`${this.name} waited for nothing: ${fits}`));
      }, PATIENCE);
      const hear = (el: El): void => {
        if (!fits(el)) return;
        clearTimeout(timer);
        this.hearers.delete(hear);
        resolve(el);
      };
      this.hearers.add(hear);
    });
  }
}

// SPDX-License-Identifier: Apache-2.0
// Somebody whose client says whatever it likes: a stream without anything above it. Sends a lot, or lies.
import { WebSocketStream } from "../../src/core/stream/websocket.ts";
import type { El } from "../../src/core/xml/el.ts";
import { parseStored } from "../../src/core/xml/parse.ts";
import { PASSWORD, type Server } from "../bed/server.ts";

const PATIENCE = 30_000; // ms

export interface Raw {
  jid: string;
  /** Sends stanzas as they are written here. */
  send(...stanzas: string[]): void;
  request(iq: string): Promise<El>;
  /** Everything that came. */
  heard: El[];
  /** Resolves with the first stanza that fits, which may have come already. */
  hears(fits: (el: El) => boolean): Promise<El>;
  stop(): Promise<void>;
}

/** Signs in; the account is made when it is not there. */
export async function raw(server: Server, name: string): Promise<Raw> {
  server.addUser(name);
  const heard: El[] = [];
  const waiting = new Set<() => void>();
  const stream = await new Promise<WebSocketStream>((resolve, reject) => {
    const made = new WebSocketStream(
      { service: `${server.url.replace("http", "ws")}/xmpp-websocket`, domain: server.domain, username: name, agentId: crypto.randomUUID(), device: "raw" },
      { password: PASSWORD, loadToken: async () => undefined, saveToken: async () => undefined },
      {
        online: () => resolve(made), offline: () => undefined, connecting: () => undefined, refused: (fault) => reject(new Error(fault)), acked: () => undefined, lost: () => undefined,
        stanza: (el) => {
          heard.push(el);
          for (const look of waiting) look();
        },
      },
    );
    made.start();
  });
  return {
    jid: `${name}@${server.domain}`,
    heard,
    send: (...stanzas) => {
      for (const one of stanzas) stream.send(parseStored(one));
    },
    request: (iq) => stream.request(parseStored(iq)),
    hears: (fits) => new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error(`never heard; the last were:\n${heard.slice(-5).join("\n")}`)), PATIENCE);
      const look = (): void => {
        const found = heard.find(fits);
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    }),
    stop: () => stream.stop(),
  };
}

// SPDX-License-Identifier: Apache-2.0
// Stands between a browser and a server and listens: which paths are fetched, and what is said over a WebSocket, in which turn.
// Can cut all connections.
import { type AddressInfo, type Socket, connect, createServer } from "node:net";

/** What one side said over a WebSocket before the other said anything. */
export interface Turn {
  from: "client" | "server";
  frames: string[];
}

export interface Fetched {
  path: string;
  at: number;
}

/** Takes text frames (RFC 6455, 5.2) out of a stream of bytes. */
class Frames {
  private rest = Buffer.alloc(0);

  take(data: Buffer): string[] {
    this.rest = Buffer.concat([this.rest, data]);
    const texts: string[] = [];
    for (let one = this.next(); one !== undefined; one = this.next()) if (one.opcode === 1) texts.push(one.payload.toString());
    return texts;
  }

  private next(): { opcode: number; payload: Buffer } | undefined {
    const { rest } = this;
    if (rest.length < 2) return undefined;
    const [first, second] = [rest.readUInt8(0), rest.readUInt8(1)];
    const small = second & 0x7f;
    const extra = small === 126 ? 2 : small === 127 ? 8 : 0;
    const masked = (second & 0x80) !== 0;
    const at = 2 + extra + (masked ? 4 : 0);
    if (rest.length < at) return undefined;
    const length = extra === 2 ? rest.readUInt16BE(2) : extra === 8 ? Number(rest.readBigUInt64BE(2)) : small;
    if (rest.length < at + length) return undefined;
    const payload = Buffer.from(rest.subarray(at, at + length));
    if (masked) for (let i = 0; i < length; i++) payload[i] = (payload[i] as number) ^ (rest[at - 4 + (i % 4)] as number);
    this.rest = rest.subarray(at + length);
    return { opcode: first & 0x0f, payload };
  }
}

export class Tap {
  private readonly sockets = new Set<Socket>();
  private readonly listener;
  private readonly target: number;
  url = "";
  /** All requests in their order, and when they came; ms since 1970. */
  readonly fetched: Fetched[] = [];
  /** Of the last WebSocket. */
  turns: Turn[] = [];
  /** When the server had sent the first page of the inbox, ms since 1970: what is fetched later, no list waits for. */
  listAt = Number.POSITIVE_INFINITY;
  /** How long what is said over a WebSocket is under way, ms: who does not wait for an answer speaks before it comes. */
  delay = 0;

  constructor(target: string) {
    this.target = Number(new URL(target).port);
    this.listener = createServer((near) => this.join(near));
  }

  start(): Promise<void> {
    return new Promise((resolve) => this.listener.listen(0, "127.0.0.1", () => {
      this.url = `http://localhost:${(this.listener.address() as AddressInfo).port}`;
      resolve();
    }));
  }

  cut(): void {
    for (const one of this.sockets) one.destroy();
  }

  stop(): void {
    this.cut();
    this.listener.close();
  }

  private join(near: Socket): void {
    const far = connect(this.target, "127.0.0.1");
    for (const one of [near, far]) {
      this.sockets.add(one);
      one.on("error", () => one.destroy());
      one.on("close", () => {
        this.sockets.delete(one);
        near.destroy();
        far.destroy();
      });
    }
    const frames = { client: new Frames(), server: new Frames() };
    let [isSocket, isOpen] = [false, false];
    near.on("data", (data) => {
      if (isSocket) {
        this.note("client", frames.client.take(data));
        setTimeout(() => far.write(data), this.delay);
      } else {
        // Requests are small and one at a time: each comes in one piece. Without extensions frames can be read.
        const text = data.toString("latin1");
        const path = /^(?:GET|POST) (\S+)/.exec(text)?.[1];
        if (path) this.fetched.push({ path, at: Date.now() });
        isSocket = /\r\nupgrade: websocket/i.test(text);
        if (isSocket) this.turns = [];
        far.write(text.replace(/\r\nsec-websocket-extensions:[^\r]*/i, ""), "latin1");
      }
    });
    far.on("data", (data) => {
      if (isSocket) {
        const begin = isOpen ? 0 : data.indexOf("\r\n\r\n") + 4;
        isOpen = true;
        setTimeout(() => {
          this.note("server", frames.server.take(data.subarray(begin)));
          near.write(data);
        }, this.delay);
      } else near.write(data);
    });
  }

  private note(from: Turn["from"], texts: string[]): void {
    if (texts.length === 0) return;
    if (from === "server" && texts.some((one) => /<fin[^>]*urn:xmpp:inbox:1/.test(one))) this.listAt = Math.min(this.listAt, Date.now());
    const last = this.turns.at(-1);
    if (last?.from === from) last.frames.push(...texts);
    else this.turns.push({ from, frames: texts });
  }
}

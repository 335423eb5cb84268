// SPDX-License-Identifier: Apache-2.0
// A server that can be given the next build, and can go away: a gate before parleyd. Its second build has other names for all files, as
// if every one of them had changed, and those of the first are gone.
import { createHash } from "node:crypto";
import { type IncomingMessage, type Server as Listener, type ServerResponse, createServer, request } from "node:http";
import { type AddressInfo, type Socket, connect } from "node:net";
import { text } from "node:stream/consumers";
import type { Duplex } from "node:stream";

const TEXT = /javascript|html|css/;

export class Renewed {
  /** Of which build the files are. */
  build: 1 | 2 = 1;
  isOpen = true;
  url = "";
  /** Streams that are open, and the most that were at a time. */
  streams = 0;
  mostStreams = 0;
  private readonly port: number;
  private readonly sockets = new Set<Duplex>();
  private readonly listener: Listener;

  constructor(server: string) {
    this.port = Number(new URL(server).port);
    this.listener = createServer((asked, answer) => void this.serve(asked, answer).catch(() => answer.destroy()));
    this.listener.on("connection", (socket: Socket) => this.keep(socket));
    this.listener.on("upgrade", (asked: IncomingMessage, socket: Duplex) => this.join(asked, socket));
  }

  private keep(socket: Duplex): void {
    if (!this.isOpen) socket.destroy();
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket)).on("error", () => socket.destroy());
  }

  private join(asked: IncomingMessage, outer: Duplex): void {
    const inner = connect(this.port, "127.0.0.1");
    this.keep(inner);
    this.mostStreams = Math.max(this.mostStreams, ++this.streams);
    outer.on("close", () => {
      this.streams--;
      inner.destroy();
    });
    inner.on("close", () => outer.destroy());
    const fields = asked.rawHeaders.reduce((all, one, i) => all + one + (i % 2 ? "\r\n" : ": "), "");
    inner.write(`GET ${asked.url} HTTP/1.1\r\n${fields}\r\n`);
    inner.pipe(outer).pipe(inner);
  }

  /** The words of the second build. */
  private async renew(words: string, path: string): Promise<string> {
    const next = words.replace(/(["'`(/.])assets\//g, "$1assets2/").replace(/(name="build" content="|parley-)[0-9a-f]{16}/g, "$12222222222222222").replace(/postMessage\((["'`])[0-9a-f]{16}["'`]\)/g, "postMessage($12222222222222222$1)");
    if (path !== "/sw.js") return next;
    const page = await this.renew(await (await fetch(`http://localhost:${this.port}/`)).text(), "/");
    return next.replace(/("\/":\s*["'`])sha256-[^"'`]+/, `$1sha256-${createHash("sha256").update(page).digest("base64")}`);
  }

  private async serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const path = asked.url ?? "/";
    const isNext = this.build === 2;
    if (path.startsWith(isNext ? "/assets/" : "/assets2/")) return void answer.writeHead(404).end();
    const headers = { ...asked.headers };
    for (const name of ["accept-encoding", "if-none-match"]) delete headers[name];
    const inner = request({ host: "127.0.0.1", port: this.port, path: path.replace(/^\/assets2\//, "/assets/"), method: asked.method, headers });
    asked.pipe(inner);
    const got = await new Promise<IncomingMessage>((resolve, reject) => inner.on("response", resolve).on("error", reject));
    if (!isNext || !TEXT.test(got.headers["content-type"] ?? "")) {
      answer.writeHead(got.statusCode ?? 500, got.headers);
      return void got.pipe(answer);
    }
    const words = await this.renew(await text(got), path);
    const { "content-length": _, etag: __, ...rest } = got.headers;
    answer.writeHead(got.statusCode ?? 500, rest).end(words);
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.listener.listen(0, "127.0.0.1", resolve));
    this.url = `http://localhost:${(this.listener.address() as AddressInfo).port}`;
    return this;
  }

  /** The network is gone. */
  shut(): void {
    this.isOpen = false;
    this.cut();
  }

  open(): void {
    this.isOpen = true;
  }

  /** Every connection is lost; new ones can be made. */
  cut(): void {
    for (const one of this.sockets) one.destroy();
  }

  close(): void {
    this.shut();
    this.listener.close();
  }
}

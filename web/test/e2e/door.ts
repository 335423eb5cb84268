// SPDX-License-Identifier: Apache-2.0
// A door between pages and the server that can be shut: what a network does that goes away in the middle.
import { type AddressInfo, type Server as Listener, type Socket, connect, createServer } from "node:net";

export class Door {
  private readonly sockets = new Set<Socket>();
  private readonly listener: Listener;
  private isOpen = true;
  /** Shuts by itself when a request that begins with these words has brought so many bytes. */
  private limit: { words: string; bytes: number } | undefined;
  url = "";
  /** Where the requests that carry parts of uploads went on, in their order. */
  readonly offsets: number[] = [];

  constructor(server: string) {
    const port = Number(new URL(server).port);
    this.listener = createServer((socket) => {
      if (!this.isOpen) {
        socket.destroy();
        return;
      }
      const inner = connect(port, "127.0.0.1");
      this.join(socket, inner);
    });
  }

  private join(outer: Socket, inner: Socket): void {
    let [counted, bytes] = [false, 0];
    for (const one of [outer, inner]) {
      this.sockets.add(one);
      one.on("close", () => {
        this.sockets.delete(one);
        outer.destroy();
        inner.destroy();
      });
      one.on("error", () => one.destroy());
    }
    outer.on("data", (data) => {
      const { limit } = this;
      const offset = /^PATCH [\s\S]*?\r\nupload-offset: (\d+)/i.exec(data.subarray(0, 2000).toString("latin1"))?.[1];
      if (offset !== undefined) this.offsets.push(Number(offset));
      counted ||= limit !== undefined && data.subarray(0, 200).toString("latin1").startsWith(limit.words);
      if (counted) bytes += data.length;
      inner.write(data);
      if (limit && bytes > limit.bytes) {
        this.limit = undefined;
        this.shut();
      }
    });
    inner.on("data", (data) => outer.write(data));
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.listener.listen(0, "127.0.0.1", resolve));
    this.url = `http://localhost:${(this.listener.address() as AddressInfo).port}`;
    return this;
  }

  shutAfter(words: string, bytes: number): void {
    this.limit = { words, bytes };
  }

  get isShut(): boolean {
    return !this.isOpen;
  }

  shut(): void {
    this.isOpen = false;
    for (const one of this.sockets) one.destroy();
  }

  open(): void {
    this.isOpen = true;
  }

  close(): void {
    this.shut();
    this.listener.close();
  }
}

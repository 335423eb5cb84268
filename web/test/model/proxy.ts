// SPDX-License-Identifier: Apache-2.0
// The network between one device and the server, which can be cut, refused, and made deaf.
import { type Server, type Socket, connect, createServer } from "node:net";

export class Proxy {
  private readonly server: Server;
  private readonly pairs = new Set<[Socket, Socket]>();
  private refuses = false;
  private deaf = false;
  /** What the server has said to a deaf device. */
  private readonly held: [Socket, Buffer][] = [];
  private readonly ready: Promise<void>;

  /** `target`: port of the server on loopback. */
  constructor(target: number) {
    this.server = createServer((near) => {
      if (this.refuses) return void near.destroy();
      const far = connect(target, "127.0.0.1");
      const pair: [Socket, Socket] = [near, far];
      this.pairs.add(pair);
      const end = (): void => {
        this.pairs.delete(pair);
        near.destroy();
        far.destroy();
      };
      for (const one of pair) for (const event of ["close", "error"]) one.on(event, end);
      near.on("data", (data) => far.write(data));
      far.on("data", (data) => (this.deaf ? this.held.push([near, data]) : near.write(data)));
    });
    this.ready = new Promise((resolve) => this.server.listen(0, "127.0.0.1", () => resolve()));
  }

  async port(): Promise<number> {
    await this.ready;
    return (this.server.address() as { port: number }).port;
  }

  /** Somebody is connected. */
  get isUsed(): boolean {
    return this.pairs.size > 0;
  }

  /** What is connected is lost; a new connection is possible at once. */
  cut(): void {
    for (const [near, far] of this.pairs) {
      near.destroy();
      far.destroy();
    }
    this.held.length = 0;
    this.deaf = false;
  }

  /** There is no network until open(). */
  refuse(): void {
    this.refuses = true;
    this.cut();
  }

  open(): void {
    this.refuses = false;
    this.deaf = false;
    for (const [near, data] of this.held.splice(0)) near.write(data);
  }

  /** What the device says arrives, what the server says does not: until open() it is late, with cut() it is lost. */
  deafen(): void {
    this.deaf = true;
  }

  close(): void {
    this.refuse();
    this.server.close();
  }
}

// SPDX-License-Identifier: Apache-2.0
// A server that is older than the page: a way to the real one on which the page's questions about one thing become such as it does
// not know. Works on the frames of WebSocket (RFC 6455, 5.2), unmasked and masked again, all of the same length.
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";

/** The frames that are whole in the bytes, changed, and what is left over. */
function through(data: Buffer, from: string, to: string): [done: Buffer, rest: Buffer] {
  let at = 0;
  while (data.length - at >= 6) {
    const short = (data[at + 1] ?? 0) & 0x7f;
    const more = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (data.length - at < 2 + more + 4) break;
    const length = short === 126 ? data.readUInt16BE(at + 2) : short === 127 ? Number(data.readBigUInt64BE(at + 2)) : short;
    const mask = data.subarray(at + 2 + more, at + 6 + more);
    const begin = at + 6 + more;
    if (data.length < begin + length) break;
    const payload = data.subarray(begin, begin + length);
    const turn = (): void => payload.forEach((byte, i) => { payload[i] = byte ^ (mask[i % 4] ?? 0); });
    turn();
    payload.set(Buffer.from(payload.toString("latin1").replaceAll(from, to), "latin1"));
    turn();
    at = begin + length;
  }
  return [data.subarray(0, at), data.subarray(at)];
}

export class Older {
  private readonly listener: Server;
  private readonly sockets = new Set<Socket>();
  url = "";

  /** `from` and `to` are of one length. */
  constructor(server: string, from: string, to: string) {
    const port = Number(new URL(server).port);
    this.listener = createServer((outer) => {
      const inner = connect(port, "127.0.0.1");
      let [isSocket, rest] = [false, Buffer.alloc(0)];
      outer.on("data", (data) => {
        if (!isSocket) {
          const head = data.toString("latin1");
          isSocket = head.startsWith("GET /xmpp-websocket");
          inner.write(Buffer.from(head.replace(/Sec-WebSocket-Extensions/i, "Sec-WebSocket-Extensionz"), "latin1"));
          return;
        }
        const [done, left] = through(Buffer.concat([rest, data]), from, to);
        rest = Buffer.from(left);
        inner.write(done);
      });
      inner.on("data", (data) => outer.write(data));
      for (const one of [outer, inner]) {
        this.sockets.add(one);
        for (const event of ["close", "error"]) one.on(event, () => { outer.destroy(); inner.destroy(); });
      }
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.listener.listen(0, "127.0.0.1", resolve));
    this.url = `http://localhost:${(this.listener.address() as AddressInfo).port}`;
    return this;
  }

  close(): void {
    for (const one of this.sockets) one.destroy();
    this.listener.close();
  }
}

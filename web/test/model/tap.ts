// SPDX-License-Identifier: Apache-2.0
// What went over the sockets of each device, to be read when a history fails.

const LINES_MAX = 4000; // of a device
const lines = new Map<number, string[]>();

/** Notes a line for the device whose network has this port. */
export function note(port: number, text: string): void {
  const all = lines.get(port) ?? [];
  lines.set(port, all);
  all.push(`${(Date.now() % 1e6).toString().padStart(6, "0")} ${text}`);
  if (all.length > LINES_MAX) all.splice(0, LINES_MAX / 2);
}

/** What was noted, and forgets it. */
export function taken(port: number): string[] {
  const all = lines.get(port) ?? [];
  lines.delete(port);
  return all;
}

/** From now on every socket is noted. */
export function tap(): void {
  globalThis.WebSocket = class extends WebSocket {
    private readonly tapped: number;
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.tapped = Number(new URL(url).port);
      note(this.tapped, "-- opens");
      this.addEventListener("message", ({ data }) => note(this.tapped, `< ${data}`));
      this.addEventListener("close", () => note(this.tapped, "-- closed"));
    }
    override send(data: string): void {
      note(this.tapped, `> ${data}`);
      super.send(data);
    }
  };
}

// SPDX-License-Identifier: Apache-2.0
// A parleyd on free ports with a data folder of its own.
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const PASSWORD = "sesame-open-7";

const { PARLEYD = "../build/asan/src/parleyd", PARLEYCTL = "../build/asan/src/parleyctl" } = process.env;
const PATIENCE = 60_000; // ms for the server to come up

export class Server {
  readonly folder = mkdtempSync(join(tmpdir(), "parley-web-"));
  private child: ChildProcess | undefined;
  private readonly people = new Set<string>();
  /** Those that are being made, and were. */
  private readonly coming = new Map<string, Promise<void>>();
  url = "";
  output = "";

  readonly domain: string;

  /** `https`: an address, where TLS (with a certificate of its own) is on, too. */
  constructor(more = "", https = "", domain = "localhost") {
    this.domain = domain;
    writeFileSync(join(this.folder, "parley.conf"), `domain = "${domain}"; data_dir = "${this.folder}/data"; ${more}
      listen = { xmpp = "127.0.0.1:0"; xmpps = ""; server = ""; component = ""; http = "127.0.0.1:0"; https = "${https}"; metrics = ""; };`);
  }

  /** After a kill the same port again, so that pages find it. */
  async start(): Promise<void> {
    const config = join(this.folder, "parley.conf");
    const child = spawn(PARLEYD, ["--config", config], { stdio: ["ignore", "pipe", "pipe"] });
    this.child = child;
    const ready = new Promise<string>((resolve, reject) => {
      const take = (data: Buffer): void => {
        this.output += data.toString();
        const port = /ready:.* http=127\.0\.0\.1:(\d+)/.exec(this.output.slice(this.output.lastIndexOf("parleyd ready")))?.[1];
        if (port) resolve(port);
      };
      child.stdout.on("data", take);
      child.stderr.on("data", take);
      child.on("exit", (code) => reject(new Error(`parleyd ended with ${code}:\n${this.output.slice(-3000)}`)));
      setTimeout(() => reject(new Error(`parleyd is not ready:\n${this.output.slice(-3000)}`)), PATIENCE);
    });
    const port = await ready;
    if (!this.url) {
      this.url = `http://${this.domain === "localhost" ? "localhost" : "127.0.0.1"}:${port}`;
      const text = execFileSync("sed", ["-e", `s/http = "127.0.0.1:0"/http = "127.0.0.1:${port}"/`, config]).toString();
      writeFileSync(config, text);
    }
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.removeAllListeners("exit");
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await Promise.race([ended, gone]);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  ctl(args: string[], input = ""): string {
    return execFileSync(PARLEYCTL, ["--config", join(this.folder, "parley.conf"), ...args], { input }).toString();
  }

  /** The same as addUser, while something else goes on. */
  bringUser(name: string): Promise<void> {
    if (this.people.has(name)) return this.coming.get(name) ?? Promise.resolve();
    this.people.add(name);
    const made = new Promise<void>((resolve, reject) => {
      const ctl = execFile(PARLEYCTL, ["--config", join(this.folder, "parley.conf"), "user", "add", `${name}@${this.domain}`], (why) => (why ? reject(why) : resolve()));
      ctl.stdin?.end(PASSWORD);
    });
    this.coming.set(name, made);
    return made;
  }

  /** An account with the PASSWORD; a second time nothing happens. */
  addUser(name: string): void {
    if (this.people.has(name)) return;
    this.people.add(name);
    this.ctl(["user", "add", `${name}@${this.domain}`], PASSWORD);
  }
}


// SPDX-License-Identifier: Apache-2.0
// The bed of the end-to-end tests: a parleyd on free ports with a data folder of its own, people with accounts, and pages in
// which they are signed in. Nothing a page says to its console as an error goes unseen.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type Page, test as base, expect } from "@playwright/test";

export { expect };
export const PASSWORD = "sesame-open-7";

const { PARLEYD = "../build/asan/src/parleyd", PARLEYCTL = "../build/asan/src/parleyctl" } = process.env;
const PATIENCE = 60_000; // ms for the server to come up

export class Server {
  readonly folder = mkdtempSync(join(tmpdir(), "parley-web-"));
  private child: ChildProcess | undefined;
  private readonly people = new Set<string>();
  url = "";
  output = "";

  /** `https`: an address, where TLS (with a certificate of its own) is on, too. */
  constructor(more = "", https = "") {
    writeFileSync(join(this.folder, "parley.conf"), `domain = "localhost"; data_dir = "${this.folder}/data"; ${more}
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
      this.url = `http://localhost:${port}`;
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

  /** An account with the PASSWORD; a second time nothing happens. */
  addUser(name: string): void {
    if (this.people.has(name)) return;
    this.people.add(name);
    this.ctl(["user", "add", `${name}@localhost`], PASSWORD);
  }
}

/** A name nobody has had in this run: tests share a server. */
let made = 0;
export const fresh = (name: string): string => `${name}${(++made).toString(36)}${Math.random().toString(36).slice(2, 6)}`;

export interface Person {
  page: Page;
  name: string;
  jid: string;
  /** What its console has said as an error, and what was thrown. */
  faults: string[];
}

export interface Wish {
  viewport?: { width: number; height: number };
  colorScheme?: "dark" | "light";
  hasTouch?: boolean;
  locale?: string;
}

/** A page in a browser context of its own: a device. It is at the door. */
export async function device(browser: Browser, server: Server, name: string, wish: Wish = {}): Promise<Person> {
  const context = await browser.newContext({ baseURL: server.url, ...wish });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (line) => line.type() === "error" && !/ERR_CONNECTION|WebSocket connection|net::ERR/.test(line.text()) && faults.push(line.text()));
  await page.goto("/");
  return { page, name, jid: `${name}@localhost`, faults };
}

/** The same, signed in. */
export async function person(browser: Browser, server: Server, name: string, wish: Wish = {}): Promise<Person> {
  server.addUser(name);
  const one = await device(browser, server, name, wish);
  await one.page.getByLabel("Address").fill(name);
  await one.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await one.page.getByRole("button", { name: "Sign in" }).click();
  await one.page.locator(".app").waitFor();
  return one;
}

/** Opens the conversation with an address by the pen. */
export async function talkTo(one: Person, jid: string): Promise<void> {
  await one.page.getByRole("button", { name: "New conversation" }).click();
  await one.page.getByRole("dialog").getByLabel("Address").fill(jid);
  await one.page.getByRole("button", { name: "Begin" }).click();
  await one.page.getByRole("textbox", { name: /^Message / }).waitFor();
}

export async function say(one: Person, text: string): Promise<void> {
  const field = one.page.getByRole("textbox", { name: /^Message / });
  await field.fill(text);
  await field.press("Enter");
}

/** The articles of the log that contain a text. */
export const messages = (one: Person, text: string) => one.page.locator("article.msg", { hasText: text });

export const test = base.extend<object, { server: Server }>({
  server: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright wants the pattern
    async ({}, use) => {
      const server = new Server();
      await server.start();
      await use(server);
      await server.stop();
      server.remove();
      if (/AddressSanitizer|runtime error|LeakSanitizer/.test(server.output)) throw new Error(`the server has a fault:\n${server.output.slice(-6000)}`);
    },
    { scope: "worker" },
  ],
});

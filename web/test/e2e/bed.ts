// SPDX-License-Identifier: Apache-2.0
// The bed of the end-to-end tests: a parleyd on free ports with a data folder of its own, people with accounts, and pages in
// which they are signed in. Nothing a page says to its console as an error goes unseen.
import { type Browser, type Page, test as base, expect } from "@playwright/test";
import { PASSWORD, Server } from "../bed/server.ts";

export { PASSWORD, Server, expect };

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
  /** Another address of the server: one that can fail (test/model/proxy.ts). */
  baseURL?: string;
  /** A browser that has no SharedWorker. */
  unshared?: boolean;
}

/** Notes what a page says as an error. */
export function watch(page: Page, faults: string[]): void {
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (line) => line.type() === "error" && !/ERR_CONNECTION|WebSocket connection|net::ERR/.test(line.text()) && faults.push(line.text()));
}

/** A page in a browser context of its own: a device. It is at the door. */
export async function device(browser: Browser, server: Server, name: string, { unshared, ...wish }: Wish = {}): Promise<Person> {
  const context = await browser.newContext({ baseURL: server.url, ...wish });
  if (unshared) await context.addInitScript(() => delete (globalThis as Partial<typeof globalThis>).SharedWorker);
  const page = await context.newPage();
  const faults: string[] = [];
  watch(page, faults);
  await page.goto("/");
  return { page, name, jid: `${name}@${server.domain}`, faults };
}

/** The same, signed in. */
export async function person(browser: Browser, server: Server, name: string, wish: Wish = {}): Promise<Person> {
  const [one] = await Promise.all([device(browser, server, name, wish), server.bringUser(name)]);
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

export const test = base.extend<{ leave: undefined }, { server: Server }>({
  /** Who has come goes again: pages that stay would work on beside every test that follows. */
  leave: [
    async ({ browser }, use) => {
      await use(undefined);
      await Promise.all(browser.contexts().map((context) => context.close()));
    },
    { auto: true },
  ],
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

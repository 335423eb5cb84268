// SPDX-License-Identifier: Apache-2.0
// What is measured of a client; each function is one row or two of the table.
import { gzipSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { type Chrome, type Cpu, sleep } from "./chrome.ts";
import type { Client } from "./client.ts";
import { glass } from "./glass.ts";
import { CROWD, lastMark, line, mark, roomOf, said, speak } from "./seed.ts";
import type { Tap } from "./tap.ts";
import type { Voice } from "./voice.ts";

const PATIENCE = 15_000; // ms
const START_PATIENCE = 90_000;
const SWITCHES = 10;
const FLOOD_MAX = 100_000; // ms; who is slower has fewer rooms
const RATE = 50; // messages a second
const TYPED = 100; // keys
const TYPE_EVERY = 90; // ms
const UNDER_WAY = 100; // ms each way, so that nobody is answered before all is said
const OLDER = 4; // pages of the past

/** A page of the client in which the bench can look. */
export async function pageOf(chrome: Chrome, client: Client): Promise<Page> {
  const page = await chrome.context.newPage();
  await page.addInitScript({ content: glass(client.first) });
  return page;
}

/** Waits for the first useful screen; ms since the navigation began, undefined when it does not come. */
export async function first(page: Page): Promise<number | undefined> {
  for (const end = Date.now() + START_PATIENCE; Date.now() < end; await sleep(20)) {
    const at = (await page.evaluate("globalThis.bench?.first")) as number | undefined;
    if (at !== undefined) return at;
  }
  return undefined;
}

export interface Start {
  wall: number;
  cpu: Cpu;
}

/** From opening the page to the first useful screen. `kept`: what a browser keeps is there; else only the account is. `rate`: times that the page is slowed; `seen` gets when it was there, ms since 1970. */
export async function start(chrome: Chrome, client: Client, { kept, rate, seen }: { kept: boolean; rate: number; seen?: (at: number) => void }): Promise<Start | undefined> {
  const page = await pageOf(chrome, client);
  if (!kept) {
    await page.goto(client.still);
    await page.evaluate(client.forget);
    await chrome.clearHttpCache();
  }
  const session = await chrome.context.newCDPSession(page);
  if (rate > 1) await session.send("Emulation.setCPUThrottlingRate", { rate });
  const before = chrome.threads();
  await page.goto(client.url, { waitUntil: "commit" });
  const wall = await first(page);
  const cpu = chrome.since(before);
  seen?.((await page.evaluate("performance.timeOrigin + bench.first")) as number);
  await sleep(rate > 1 ? 1500 : 2500); // what goes on behind it is kept, too
  await chrome.shut(page);
  return wall === undefined ? undefined : { wall, cpu };
}

/** Bytes of the page, its scripts and its CSS (no pictures, no fonts) that were fetched, compressed with gzip, by the paths that were heard. */
export async function bytes(paths: string[], origin: string): Promise<{ total: number; parts: Record<string, number> }> {
  const parts: Record<string, number> = {};
  for (const path of new Set(paths.filter((one) => !one.startsWith("/xmpp-websocket")))) {
    const answer = await fetch(origin + path);
    if (answer.ok && /html|javascript|css/.test(answer.headers.get("content-type") ?? "")) parts[path] = gzipSync(Buffer.from(await answer.arrayBuffer()), { level: 9 }).length;
  }
  return { total: Object.values(parts).reduce((sum, one) => sum + one, 0), parts };
}

const openAndSee = (page: Page, client: Client, room: string, seen: string): Promise<number | undefined> =>
  page.evaluate(`bench.time(() => { ${client.open(room)} }, () => bench.sees(${JSON.stringify(client.article)}, ${JSON.stringify(seen)}), ${PATIENCE})`) as Promise<number | undefined>;

/** Opening rooms that were open before in this page, and rooms that were not. */
export async function switches(page: Page, client: Client): Promise<{ cold: (number | undefined)[]; cached: (number | undefined)[] }> {
  const cold: (number | undefined)[] = [];
  const cached: (number | undefined)[] = [];
  for (let n = 0; n < SWITCHES; n++) {
    cold.push(await openAndSee(page, client, roomOf(n), lastMark(n)));
    await sleep(300);
  }
  for (let n = 0; n < SWITCHES; n++) {
    cached.push(await openAndSee(page, client, roomOf(n), lastMark(n)));
    await sleep(300);
  }
  return { cold, cached };
}

export interface Typing {
  keys: number[];
  /** Milliseconds of the page's own thread for each message, and how long it and the worker's waited for a processor in all. */
  cpu: number;
  waited: number;
  /** Milliseconds from the last message's sending to its being seen; undefined: not seen. */
  behind: number | undefined;
}

/** Writing while messages come into the room that is shown. `from`: number of the first. */
export async function typing(chrome: Chrome, page: Page, client: Client, speakers: Voice[], room: number, from: number): Promise<Typing> {
  const count = Math.ceil((TYPED * TYPE_EVERY * RATE) / 1000);
  await page.locator(client.composer).first().click();
  await page.evaluate("bench.watchKeys()");
  const before = chrome.threads();
  let sent = 0;
  const flow = new Promise<void>((done) => {
    const begun = Date.now();
    const timer = setInterval(() => {
      for (const due = Math.min(count, ((Date.now() - begun) * RATE) / 1000); sent < due; sent++) (speakers[0] as Voice).say(roomOf(room), line(room, from + sent));
      if (sent < count) return;
      clearInterval(timer);
      done();
    }, 1000 / RATE);
  });
  for (let i = 0; i < TYPED; i++) {
    await page.keyboard.press("abcdefghij "[i % 11] as string);
    await sleep(TYPE_EVERY - 5);
  }
  await flow;
  said(room, from + count - 1);
  const behind = (await page.evaluate(`bench.time(() => undefined, () => bench.sees(${JSON.stringify(client.article)}, ${JSON.stringify(mark(room, from + count - 1))}), ${PATIENCE})`)) as number | undefined;
  const { page: used, waited } = chrome.since(before);
  return { keys: (await page.evaluate("bench.keys")) as number[], cpu: used / count, waited, behind };
}

/** How far a message moves while older ones come in above it, px; undefined: nothing came. */
export async function shift(page: Page, client: Client): Promise<number | undefined> {
  let far: number | undefined;
  for (let i = 0; i < OLDER; i++) {
    const one = (await page.evaluate(`bench.insert(document.querySelector('${client.box}'), '${client.article}', ${client.nearTop}, ${PATIENCE / 3})`)) as number | undefined;
    if (one !== undefined) far = Math.max(far ?? 0, one);
  }
  return far;
}

/** `each` messages come into each room while it is shown; what the page holds then, in how many rooms the last was not seen in time, and how many rooms there were. */
export async function flood(chrome: Chrome, page: Page, client: Client, speakers: Voice[], rooms: number, from: number, each: number): Promise<Awaited<ReturnType<Chrome["memory"]>> & { unseen: number; rooms: number }> {
  let [unseen, n] = [0, 0];
  for (const end = Date.now() + FLOOD_MAX; n < rooms && Date.now() < end; n++) {
    await page.evaluate(client.open(roomOf(n)));
    await sleep(500);
    await speak(speakers, n, from, each);
    const seen = await page.evaluate(`bench.time(() => undefined, () => bench.sees(${JSON.stringify(client.article)}, ${JSON.stringify(mark(n, from + each - 1))}), ${PATIENCE})`);
    if (seen === undefined) unseen++;
  }
  await sleep(2000);
  return { ...(await chrome.memory(page)), unseen, rooms: n };
}

export interface Crowd {
  some: number | undefined;
  all: number | undefined;
}

/** From the click to ten members that can be seen, and to all of them being known. */
export async function crowd(page: Page, client: Client, count: number, patience: number): Promise<Crowd> {
  const outcome = page.evaluate(`(async () => {
    const begun = performance.now();
    ${client.openMembers};
    const [some, all] = await Promise.all([bench.until(() => ${client.someMembers}, ${patience}), bench.until(() => ${client.allMembers(count)}, ${patience})]);
    return { some: some && some - begun, all: all && all - begun };
  })()`) as Promise<Crowd>;
  outcome.catch(() => undefined); // when the page is closed first
  const late = sleep(patience + 20_000).then((): Crowd => ({ some: undefined, all: undefined }));
  return Promise.race([outcome, late]);
}

/** Opens the room of the crowd itself. */
export const enterCrowd = (page: Page, client: Client): Promise<number | undefined> => openAndSee(page, client, CROWD, mark("crowd", 0));

export interface Resumed {
  /** Times that the client had to wait for the server before its session went on, behind the WebSocket's own handshake. */
  trips: number;
  frames: number;
  isResumed: boolean;
}

/** The connection is cut: what is said until the session goes on. */
export async function resume(tap: Tap): Promise<Resumed> {
  tap.turns = [];
  tap.delay = UNDER_WAY;
  tap.cut();
  const says = (word: RegExp): boolean => tap.turns.some(({ from, frames }) => from === "server" && frames.some((one) => word.test(one)));
  for (const end = Date.now() + PATIENCE; Date.now() < end && !says(/<resumed|<failed[^>]*urn:xmpp:sm:3|<bound|urn:ietf:params:xml:ns:xmpp-bind/); ) await sleep(20);
  await sleep(300);
  tap.delay = 0;
  const end = tap.turns.findIndex(({ from, frames }) => from === "server" && frames.some((one) => /<resumed|<enabled/.test(one)));
  const until = tap.turns.slice(0, end + 1);
  return { trips: until.filter(({ from }) => from === "client").length, frames: until.reduce((sum, { frames }) => sum + frames.length, 0), isResumed: says(/<resumed/) };
}

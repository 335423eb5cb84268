// SPDX-License-Identifier: Apache-2.0
// The bars of the web client, beside Converse 14 on the same server in the same run: node bench/main.ts [--quick] [--only parley]
// --converse FOLDER: its package. Prints a Markdown table and writes it to build/bench/web.md, with --write also into
// docs/performance.md; begins nothing more after seven minutes.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Page } from "@playwright/test";
import { Server } from "../test/bed/server.ts";
import { Chrome, sleep } from "./chrome.ts";
import { type Client, converse, parley } from "./client.ts";
import { type Crowd, type Resumed, type Start, type Typing, bytes, crowd, enterCrowd, first, flood, pageOf, resume, shift, start, switches, typing } from "./measures.ts";
import { CROWD_NAME, type Size, fill, roomOf, speakersOf } from "./seed.ts";
import { Shelf } from "./shelf.ts";
import { type Row, load, median, ms, quantile, render, spread, starts } from "./table.ts";
import { type Fetched, Tap } from "./tap.ts";
import type { Voice } from "./voice.ts";

const { values } = parseArgs({ options: {
  quick: { type: "boolean", default: false }, only: { type: "string", default: "" }, converse: { type: "string", default: "" }, out: { type: "string", default: "../build/bench" },
  parts: { type: "string", default: "bytes,start,talk,crowd" }, write: { type: "boolean", default: false }, minutes: { type: "string", default: "7" },
} });
const has = (part: string): boolean => values.parts.split(",").includes(part);
const END = Date.now() + Number(values.minutes) * 60_000;
const SIZE: Size = values.quick ? { rooms: 60, full: 12, messages: 300, crowd: 5000 } : { rooms: 500, full: 20, messages: 500, crowd: 100_000 };
const [TYPING_ROOM, SHIFT_ROOM] = [10, 11];
/** Numbers of messages that are said while something is measured. */
const TYPING_FROM = { ours: 5000, theirs: 6000 };
const FLOOD_FROM = { ours: 10_000, theirs: 20_000 };
const SLOW = 4;

/** Everything that was measured of one client. */
interface Found {
  bytes?: Awaited<ReturnType<typeof bytes>>;
  starts: Record<"kept" | "new" | "keptSlow" | "newSlow", (Start | undefined)[]>;
  switches?: Awaited<ReturnType<typeof switches>>;
  typing?: Typing;
  shift?: number | undefined;
  memory?: Awaited<ReturnType<typeof flood>>;
  crowd?: Crowd;
  resumed?: Resumed;
}

const NOTHING: Found = { starts: { kept: [], new: [], keptSlow: [], newSlow: [] } };

const say = (text: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);

const reason = (why: unknown): string => String(why).split("\n", 3).join(" ");

/** A measure that fails is a hole in the table, with its reason on the screen. */
async function tried<T>(what: string, run: () => Promise<T>): Promise<T | undefined> {
  if (Date.now() > END) return void say(`${what}: no time left`);
  try {
    const found = await run();
    say(`${what}: ${JSON.stringify(found)?.slice(0, 400)}`);
    return found;
  } catch (why) {
    return void say(`${what}: FAILED ${reason(why)}`);
  }
}

/** Signed in and at its first useful screen. */
async function begin(chrome: Chrome, client: Client): Promise<Page> {
  const page = await pageOf(chrome, client);
  await page.goto(client.url);
  await client.signIn(page);
  await first(page);
  await sleep(2000);
  return page;
}

async function measureStarts(client: Client, runs: number, slowRuns: number): Promise<Found["starts"]> {
  const found: Found["starts"] = { kept: [], new: [], keptSlow: [], newSlow: [] };
  const chrome = await Chrome.launch();
  try {
    await chrome.shut(await begin(chrome, client));
    for (let i = 0; i < runs; i++) found.kept.push(await tried(`${client.name}: start`, () => start(chrome, client, { kept: true, rate: 1 })));
    for (let i = 0; i < runs; i++) found.new.push(await tried(`${client.name}: first start`, () => start(chrome, client, { kept: false, rate: 1 })));
    for (let i = 0; i < slowRuns; i++) found.keptSlow.push(await tried(`${client.name}: slow start`, () => start(chrome, client, { kept: true, rate: SLOW })));
    for (let i = 0; i < slowRuns; i++) found.newSlow.push(await tried(`${client.name}: slow first start`, () => start(chrome, client, { kept: false, rate: SLOW })));
  } catch (why) {
    say(`${client.name}: starts FAILED ${reason(why)}`);
  } finally {
    await chrome.close();
  }
  return found;
}

async function measureTalk(client: Client, speakers: Voice[], typingFrom: number, floodFrom: number): Promise<Partial<Found>> {
  const chrome = await Chrome.launch();
  const found: Partial<Found> = {};
  try {
    const page = await begin(chrome, client);
    Object.assign(found, { switches: await tried(`${client.name}: switches`, () => switches(page, client)) });
    await page.evaluate(client.open(roomOf(SHIFT_ROOM)));
    await sleep(1500);
    Object.assign(found, { shift: await tried(`${client.name}: shift`, () => shift(page, client)) });
    await page.evaluate(client.open(roomOf(TYPING_ROOM)));
    await sleep(1500);
    Object.assign(found, { typing: await tried(`${client.name}: typing`, () => typing(chrome, page, client, speakers, TYPING_ROOM, typingFrom)) });
    Object.assign(found, { memory: await tried(`${client.name}: flood`, () => flood(chrome, page, client, speakers, SIZE.full, floodFrom, SIZE.messages)) });
  } catch (why) {
    say(`${client.name}: FAILED ${reason(why)}`);
  } finally {
    await chrome.close();
  }
  return found;
}

async function measureCrowd(client: Client, enters: boolean, patience: number): Promise<Crowd | undefined> {
  const chrome = await Chrome.launch();
  try {
    const page = await begin(chrome, client);
    if (enters) await enterCrowd(page, client);
    return await tried(`${client.name}: crowd`, () => crowd(page, client, SIZE.crowd, patience));
  } catch (why) {
    say(`${client.name}: crowd FAILED ${reason(why)}`);
    return undefined;
  } finally {
    await Promise.race([chrome.close(), sleep(15_000)]);
  }
}

/** What is fetched, and how a session goes on: both are heard between browser and server. */
async function measureWire(client: Client, tap: Tap, heard: Fetched[]): Promise<Partial<Found>> {
  const chrome = await Chrome.launch("block");
  // What a page fetches because it has nothing to do is not what it needs.
  await chrome.context.addInitScript({ content: "globalThis.requestIdleCallback = (run) => setTimeout(run, 5000)" });
  try {
    await chrome.shut(await begin(chrome, client));
    heard.splice(0);
    tap.listAt = Number.POSITIVE_INFINITY;
    let paths: string[] = [];
    await start(chrome, client, { kept: false, rate: 1, seen: (end) => {
      paths = heard.filter(({ path, at }) => at < Math.min(end, tap.listAt) && !client.still.endsWith(path)).map(({ path }) => path);
    } });
    const fetched = await tried(`${client.name}: bytes`, () => bytes(paths, client.url));
    const page = await begin(chrome, { ...client, signIn: async () => undefined });
    const resumed = await tried(`${client.name}: resume`, () => resume(tap));
    await page.close();
    return { ...(fetched ? { bytes: fetched } : {}), ...(resumed ? { resumed } : {}) };
  } catch (why) {
    say(`${client.name}: wire FAILED ${reason(why)}`);
    return {};
  } finally {
    await chrome.close();
  }
}

const kb = (found: Found | undefined): string => (found?.bytes ? `${(found.bytes.total / 1000).toFixed(0)} kB` : "—");
const below = (value: number | undefined, bar: number): boolean | undefined => (value === undefined ? undefined : value <= bar);

function rowsOf(ours: Found | undefined, theirs: Found | undefined): Row[] {
  const names = { kept: "start, all kept", new: "start, nothing kept but the account", keptSlow: `start, all kept, page at ${SLOW}× slowdown`, newSlow: `start, nothing kept, ${SLOW}×` } as const;
  const rows: Row[] = [{ what: "page, scripts and CSS before the first useful screen, gzip", bar: "100 kB", ours: kb(ours), theirs: kb(theirs), isMet: below(ours?.bytes?.total, 100_000) }];
  for (const [key, what] of Object.entries(names) as [keyof typeof names, string][]) {
    const [a, b] = [starts(ours?.starts[key] ?? []), starts(theirs?.starts[key] ?? [])];
    const slow = key.endsWith("Slow");
    rows.push({ what: `${what}: first useful screen, ${SIZE.rooms} rooms`, bar: slow ? "2.5 s" : "1.0 s", ours: a.wall, theirs: b.wall, isMet: below(a.middle, slow ? 2500 : 1000) });
    rows.push({ what: "— processor time of threads", bar: "", ours: a.cpu, theirs: b.cpu });
  }
  const times = (all: (number | undefined)[] | undefined): (number | undefined)[] => all ?? [];
  const middle = (all: (number | undefined)[] | undefined): number | undefined => median(times(all).filter((one) => one !== undefined));
  const keys = (found: Found | undefined): string => (found?.typing ? `p50 ${ms(quantile(found.typing.keys, 0.5))}, p98 ${ms(quantile(found.typing.keys, 0.98))}` : "—");
  const after = (found: Found | undefined): string => (found?.typing ? `${found.typing.cpu.toFixed(1)} ms; ${ms(found.typing.behind)}` : "—");
  const heap = (found: Found | undefined): string => (found?.memory ? `${found.memory.heap.toFixed(0)} MiB (page ${found.memory.page.toFixed(0)}, worker ${found.memory.worker.toFixed(0)})${found.memory.rooms < SIZE.full ? `, after ${found.memory.rooms} rooms` : ""}` : "—");
  const nodes = (found: Found | undefined): string => (found?.memory ? `${found.memory.elements} elements, ${found.memory.nodes} nodes of all kinds${found.memory.unseen ? `; ${found.memory.unseen} rooms late` : ""}` : "—");
  const px = (found: Found | undefined): string => (found?.shift === undefined ? "—" : `${found.shift.toFixed(1)} px`);
  const many = SIZE.crowd.toLocaleString("en");
  const crowdOf = (found: Found | undefined): string => (found?.crowd ? `${ms(found.crowd.some)}; ${ms(found.crowd.all)}` : "—");
  const trips = (found: Found | undefined): string => (found?.resumed ? `${found.resumed.trips}, ${found.resumed.frames} frames${found.resumed.isResumed ? "" : ", a new session"}` : "—");
  rows.push(
    { what: "room switch, open before", bar: "80 ms", ours: spread(times(ours?.switches?.cached)), theirs: spread(times(theirs?.switches?.cached)), isMet: below(middle(ours?.switches?.cached), 80) },
    { what: "room switch, not open before", bar: "250 ms", ours: spread(times(ours?.switches?.cold)), theirs: spread(times(theirs?.switches?.cold)), isMet: below(middle(ours?.switches?.cold), 250) },
    { what: "from a key to its frame, while 50 messages/s come into the room", bar: "p98 100 ms", ours: keys(ours), theirs: keys(theirs), isMet: below(ours?.typing && quantile(ours.typing.keys, 0.98), 100) },
    { what: "— the page's thread for a message; the last is in view behind its sending", bar: "", ours: after(ours), theirs: after(theirs) },
    { what: `heap after ${(SIZE.full * SIZE.messages).toLocaleString("en")} messages in ${SIZE.full} rooms`, bar: "150 MB", ours: heap(ours), theirs: heap(theirs), isMet: below(ours?.memory?.heap, 143) },
    { what: "— elements of the document", bar: "3,000", ours: nodes(ours), theirs: nodes(theirs), isMet: below(ours?.memory?.elements, 3000) },
    { what: `${many} members: ten are in view; all are known`, bar: "300 ms", ours: crowdOf(ours), theirs: crowdOf(theirs), isMet: below(ours?.crowd?.some, 300) },
    { what: "how far a message moves while older ones come in above it", bar: "0 px", ours: px(ours), theirs: px(theirs), isMet: below(ours?.shift, 0.5) },
    { what: "round trips until a session goes on over a new WebSocket", bar: "1", ours: trips(ours), theirs: trips(theirs), isMet: below(ours?.resumed?.trips, 1) },
  );
  return rows;
}

async function main(): Promise<number> {
  const shelf = values.converse && values.only !== "parley" ? new Shelf(values.converse) : undefined;
  await shelf?.start();
  const server = new Server(`http = { origins = [ "${shelf?.url ?? "http://localhost:1"}" ]; }; limits = { room_members = 200000; resume_stanzas = 100000; output_bytes = "256MiB"; };`);
  const begun = load();
  await server.start();
  const [tap, speakers, found] = [new Tap(server.url), [] as Voice[], {} as Record<"ours" | "theirs", Found | undefined>];
  try {
    await tap.start();
    await fill(server, SIZE, [{ name: "reader", joins: 0 }, { name: "all", joins: SIZE.rooms }, { name: "some", joins: SIZE.full }]);
    say(`filled: ${SIZE.rooms} rooms, ${SIZE.full} of ${SIZE.messages} messages, ${CROWD_NAME} of ${SIZE.crowd}`);
    const voices = await speakersOf(server);
    speakers.push(...voices);
    for (let n = 0; n < SIZE.full; n++) await Promise.all(voices.map((one) => one.enter(roomOf(n))));
    if (values.only !== "converse") {
      const client = parley(server.url, "reader");
      found.ours = { ...NOTHING };
      if (has("start")) found.ours.starts = await measureStarts(client, 5, 3);
      if (has("bytes")) Object.assign(found.ours, await measureWire(parley(tap.url, "reader"), tap, tap.fetched));
      if (has("talk")) Object.assign(found.ours, await measureTalk(client, voices, TYPING_FROM.ours, FLOOD_FROM.ours));
      if (has("crowd")) Object.assign(found.ours, { crowd: await measureCrowd(client, true, 20_000) });
    }
    if (shelf) {
      const socket = (url: string): string => `${url.replace("http", "ws")}/xmpp-websocket`;
      const client = (): Client => converse(shelf, socket(server.url), "some");
      found.theirs = { ...NOTHING };
      if (has("bytes")) Object.assign(found.theirs, await measureWire(converse(shelf, socket(tap.url), "some"), tap, shelf.fetched));
      if (has("talk")) Object.assign(found.theirs, await measureTalk(client(), voices, TYPING_FROM.theirs, FLOOD_FROM.theirs));
      if (has("start")) found.theirs.starts = await measureStarts(converse(shelf, socket(server.url), "all"), 1, 1);
      if (has("crowd")) Object.assign(found.theirs, { crowd: await measureCrowd(client(), false, 40_000) });
    }
  } finally {
    await Promise.race([Promise.all(speakers.map((one) => one.stop())), sleep(3000)]);
    tap.stop();
    shelf?.stop();
    await server.stop();
    server.remove();
  }
  const notes = [`${cpus().length} cores (${cpus()[0]?.model.trim() ?? "?"}), load average ${begun} at the beginning and ${load()} at the end; ${new Date().toISOString().slice(0, 10)}.`];
  const text = render(rowsOf(found.ours, found.theirs), notes);
  mkdirSync(values.out, { recursive: true });
  writeFileSync(`${values.out}/web.md`, text);
  writeFileSync(`${values.out}/web.json`, JSON.stringify(found, undefined, 1));
  if (values.write) {
    const [page, begin, end] = [join(import.meta.dirname, "../../docs/performance.md"), "<!-- web -->\n", "<!-- /web -->"];
    const before = readFileSync(page, "utf8");
    writeFileSync(page, before.slice(0, before.indexOf(begin) + begin.length) + text + before.slice(before.indexOf(end)));
  }
  console.log(text);
  return 0;
}

process.exit(await main());

// SPDX-License-Identifier: Apache-2.0
// The outbox: node test/model/cuts.ts [--messages 100] [--cuts 0] [--seed N]. Messages are said to a person and in a room while the
// connection is cut at random points, once while the server is killed, once by a worker that dies; each arrives exactly once, and in
// order. --cuts: while it was cut at least so often.
import "fake-indexeddb/auto";
import { parseArgs } from "node:util";
import type { Jid } from "../../src/shared/types.ts";
import { Server } from "../bed/server.ts";
import { Device } from "./device.ts";
import { until } from "./history.ts";
import { Random } from "./random.ts";

const PATIENCE = 120_000; // ms

const { values } = parseArgs({ options: { messages: { type: "string", default: "100" }, cuts: { type: "string", default: "0" }, seed: { type: "string", default: "7" } } });
const [count, wanted, seed] = [Number(values.messages), Number(values.cuts), Number(values.seed)];
const PAGE = 50; // messages that scrolling up brings
const COUNTED = 1000; // cuts after which it says how far it is

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What somebody has of a conversation, in his order. */
const texts = (device: Device, conversation: Jid): string[] => device.page.log(conversation).filter((one) => !one.event).map((one) => one.text);

function differ(who: string, found: string[], expected: string[]): string[] {
  const at = expected.findIndex((one, i) => one !== found[i]);
  return at < 0 && found.length === expected.length ? [] : [`${who}: ${found.length} of ${expected.length}, other from ${at}: ${found.slice(Math.max(0, at - 1), at + 3).join(" | ")}`];
}

/** Tries again at once, instead of after a pause that grows with each connection that does not last. */
async function back({ network, page }: Device): Promise<void> {
  while (!network.isUsed) {
    void page.core.attention(true).catch(() => undefined);
    await pause(10);
  }
}

/** Between any two bytes. */
function cut(device: Device, at: number): number {
  if (at % COUNTED === 0) console.log(`${at} cuts`);
  device.network.cut();
  return at;
}

/** Says all, while the network is cut; the promise of a cut is kept between any two bytes. Tells how often. */
async function speak(server: Server, device: Device, where: Jid[], random: Random): Promise<number> {
  let cuts = 0;
  for (let i = 1; i <= count; i++) {
    for (const one of where) await device.page.core.send(one, { text: `word ${i}`, mentions: [], files: [] });
    if (random.chance(0.3)) cuts = cut(device, cuts + 1);
    if (i === Math.round(count / 3)) {
      await server.stop("SIGKILL");
      await server.start();
    }
    if (i === Math.round(count / 2)) { // what was called for is on the disk
      await pause(50);
      await device.kill();
      await device.boot();
    }
    await pause(random.below(60));
    if (random.chance(0.1)) void device.page.core.attention(true).catch(() => undefined);
    for (const end = (wanted * i) / count; cuts < end; ) {
      await back(device);
      await pause(random.below(60));
      cuts = cut(device, cuts + 1);
    }
  }
  return cuts;
}

/** A worker that has begun anew has kept the end of a log: the rest is fetched, as when somebody scrolls up. */
async function scrollUp(device: Device, where: Jid[]): Promise<void> {
  for (const one of where) for (let pages = Math.ceil(count / PAGE); pages > 0 && texts(device, one).length < count; pages--) await device.page.core.older(one);
}

async function main(): Promise<number> {
  const server = new Server();
  await server.start();
  const port = Number(new URL(server.url).port);
  const [mira, oskar] = ["mira", "oskar"].map((name) => {
    server.addUser(name);
    return new Device(name, `${name}@localhost`, port);
  }) as [Device, Device];
  await Promise.all([mira.boot(), oskar.boot()]);
  await mira.page.core.addContact(oskar.jid);
  const room = await mira.page.core.createRoom({ name: "Cuts", isPublic: true, topic: "", members: [oskar.jid] });
  await until("the room is in both lists", () => [mira, oskar].every((one) => one.page.rows.has(room)));
  for (const [one, other] of [[mira, oskar], [oskar, mira]] as const) {
    for (const jid of [other.jid, room]) {
      one.open.add(jid);
      await one.page.core.open(jid);
    }
  }
  const cuts = await speak(server, mira, [oskar.jid, room], new Random(seed));
  const expected = Array.from({ length: count }, (_, i) => `word ${i + 1}`);
  const faults = (): string[] => [
    ...differ("mira, chat", texts(mira, oskar.jid), expected), ...differ("oskar, chat", texts(oskar, mira.jid), expected), ...differ("mira, room", texts(mira, room), expected),
    ...differ("oskar, room", texts(oskar, room), expected), ...(mira.page.me?.waiting === 0 ? [] : [`${mira.page.me?.waiting} wait`]),
  ];
  const settled = (test: () => boolean): Promise<void> => until(() => faults().join("\n"), test, PATIENCE).catch((why: Error) => console.log(why.message));
  await settled(() => faults().every((one) => one.startsWith("mira,")));
  await scrollUp(mira, [oskar.jid, room]);
  await settled(() => faults().length === 0);
  const found = faults();
  console.log(`${count} messages, ${cuts} cuts, seed ${seed}`);
  await Promise.all([mira.kill(), oskar.kill()]);
  await server.stop();
  server.remove();
  if (/AddressSanitizer|runtime error|LeakSanitizer/.test(server.output)) found.push(server.output.slice(-6000));
  if (found.length > 0) console.log(found.join("\n"));
  console.log(found.length > 0 ? "0 passed, 1 failed" : "1 passed, 0 failed");
  return found.length > 0 ? 1 : 0;
}

process.exit(await main());

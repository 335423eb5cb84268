// SPDX-License-Identifier: Apache-2.0
// The model-based test of core: node test/model/run.ts [--histories 50] [--seed N] [--steps 40] [--together 5] [--verbose]
// Histories run side by side against one parleyd that is killed (SIGKILL) while they do. A history that fails prints its seed,
// what was wrong and what has happened; --histories 1 --seed N runs it alone.
import "fake-indexeddb/auto";
import { parseArgs } from "node:util";
import { Server } from "../bed/server.ts";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { World } from "./history.ts";
import { Random } from "./random.ts";
import { tap } from "./tap.ts";
import { faultsOf, pagesAgree } from "./judge.ts";

const KILLS = 1; // for each batch of histories
const SETTLED_AFTER = 60_000; // ms in which all devices must agree

const { values } = parseArgs({ options: {
  histories: { type: "string", default: "50" }, seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) }, steps: { type: "string", default: "40" },
  together: { type: "string", default: "5" }, verbose: { type: "boolean", default: false },
} });
const [histories, seed, steps, together] = [values.histories, values.seed, values.steps, values.together].map(Number) as [number, number, number, number];

const unseen: string[] = [];
process.on("unhandledRejection", (why) => unseen.push(`unhandled rejection: ${why instanceof Error ? why.stack : String(why)}`));
process.on("uncaughtException", (why) => unseen.push(`uncaught: ${why.stack}`));

/** What is wrong, once nothing changes any more; nothing when all is right. */
async function verdict(world: World): Promise<string[]> {
  const end = Date.now() + SETTLED_AFTER;
  let faults: string[] = [];
  do {
    faults = faultsOf(world);
    if (faults.length === 0 || faults.some((one) => one.includes("backwards"))) break;
    await new Promise((resolve) => setTimeout(resolve, 300));
  } while (Date.now() < end);
  return faults.length > 0 ? faults : pagesAgree(world);
}

async function play(world: World, calm: Promise<void>, begun: () => void): Promise<string[]> {
  try {
    await world.begin().finally(begun);
    if (values.verbose) console.log(`${Date.now() % 1e6} begun`);
    for (let i = 0; i < steps; i++) await world.step();
    if (values.verbose) console.log(`${Date.now() % 1e6} played`);
    await calm;
    await world.calm();
    return await verdict(world);
  } catch (why) {
    return [why instanceof Error ? (why.stack ?? why.message) : String(why)];
  } finally {
    await world.end();
  }
}

/** Kills the server now and then, for as long as histories are being played. */
async function disturb(server: Server, random: Random, begun: Promise<unknown>): Promise<void> {
  await begun;
  for (let i = 0; i < KILLS; i++) {
    await new Promise((resolve) => setTimeout(resolve, 300 + random.below(1500)));
    if (values.verbose) console.log(`${Date.now() % 1e6} killing`);
    await server.stop("SIGKILL");
    await server.start();
    if (values.verbose) console.log(`${Date.now() % 1e6} up`);
  }
}

/** What each device of a history has said and heard. */
function keep(history: number, world: World): void {
  const folder = join(import.meta.dirname, "../../../build/web/model");
  mkdirSync(folder, { recursive: true });
  for (const one of world.all) writeFileSync(join(folder, `${history}-${one.label}.log`), `${one.lines.join("\n")}\n`);
}

async function main(): Promise<number> {
  console.log(`seed ${seed}, ${histories} histories of ${steps} steps`);
  tap();
  const server = new Server();
  await server.start();
  let failed = 0;
  for (let at = 0; at < histories; at += together) {
    const batch = Array.from({ length: Math.min(together, histories - at) }, (_, i) => seed + at + i);
    const worlds = batch.map((one) => ({ one, world: new World(server, one, `x${one.toString(36)}`), begun: Promise.withResolvers<void>() }));
    const calm = disturb(server, new Random(seed + at), Promise.all(worlds.map(({ begun }) => begun.promise)));
    const outcomes = await Promise.all(worlds.map(async ({ one, world, begun }) => ({ one, world, faults: await play(world, calm, begun.resolve) })));
    for (const { one, world, faults } of outcomes) {
      if (faults.length > 0) {
        failed++;
        keep(one, world);
      }
      if (faults.length > 0 || values.verbose) console.log(`history ${one}: ${faults.length ? "FAILED" : "right"}\n    ${faults.join("\n    ")}\n      ${world.trace.join("\n      ")}`);
    }
    if (unseen.length > 0) {
      failed += unseen.length;
      console.log(unseen.splice(0).join("\n"));
    }
  }
  await server.stop();
  if (/AddressSanitizer|runtime error|LeakSanitizer/.test(server.output)) {
    failed++;
    console.log(server.output.slice(-6000));
  }
  server.remove();
  console.log(`${Math.max(0, histories - failed)} passed, ${failed} failed`);
  return failed ? 1 : 0;
}

process.exit(await main());

// SPDX-License-Identifier: Apache-2.0
// Random histories in real browsers (histories.ts). HISTORIES: how many (2), HISTORY_SEED: of the first one.
import { Random } from "../model/random.ts";
import { Server, test as base } from "./bed.ts";
import { Play } from "./histories.ts";

const STEPS = 18;
const { HISTORIES = "2", HISTORY_SEED = "1" } = process.env;

/** A server of its own for each: it is killed. */
const test = base.extend<{ own: Server }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright wants the pattern
  own: async ({}, use) => {
    const server = new Server();
    await server.start();
    await use(server);
    await server.stop();
    server.remove();
    if (/AddressSanitizer|runtime error|LeakSanitizer/.test(server.output)) throw new Error(`the server has a fault:\n${server.output.slice(-6000)}`);
  },
});

for (let i = 0; i < Number(HISTORIES); i++) {
  const seed = Number(HISTORY_SEED) + i;
  test(`three devices come to the same, whatever happens between: history ${seed}`, async ({ browser, own }) => {
    test.setTimeout(300_000);
    const random = new Random(seed);
    const play = new Play(own, random);
    try {
      await play.begin(browser);
      const kill = 3 + random.below(STEPS - 6);
      for (let step = 0; step < STEPS; step++) await play.step(step === kill);
      await play.judge();
    } catch (why) {
      console.log(play.trace.join("\n"));
      throw why;
    } finally {
      play.end();
    }
  });
}

// SPDX-License-Identifier: Apache-2.0
// A browser without place: logs make way for what was typed, and one is told when even that does not help.
import "fake-indexeddb/auto";
import { afterEach, expect, it, vi } from "vitest";
import { Store } from "../../src/core/store/db.ts";

const OUT = { account: "mira@localhost", conversation: "oskar@localhost", stanza: "<message/>", time: 1 };
const LOG = { account: "mira@localhost", conversation: "oskar@localhost", messages: [], atStart: true, orphans: [] };

/** From now on a put fails when this says so. */
function scarce(isFull: (store: string) => boolean): void {
  const { put } = IDBObjectStore.prototype;
  vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (this: IDBObjectStore, ...args) {
    if (isFull(this.name)) throw new DOMException("full", "QuotaExceededError");
    return put.apply(this, args);
  });
}

afterEach(() => void vi.restoreAllMocks());

it("logs make way for what waits to be sent", async () => {
  const [told, store] = [[] as boolean[], new Store(() => undefined)];
  store.watch((isFull) => told.push(isFull));
  await store.putLog(LOG);
  let failures = 1;
  scarce((name) => name === "outbox" && failures-- > 0);
  await store.putOutbox({ ...OUT, key: "one" });
  expect((await store.outbox(OUT.account)).map((one) => one.key)).toEqual(["one"]);
  expect(await store.log(LOG.account, LOG.conversation)).toBeUndefined();
  expect(told).toEqual([]);
});

it("when nothing helps it says so, and says when there is place again; a log that finds none is no news", async () => {
  const [told, faults, store] = [[] as boolean[], [] as unknown[], new Store((why) => faults.push(why))];
  store.watch((isFull) => told.push(isFull));
  scarce(() => true);
  await store.putLog(LOG);
  expect(told).toEqual([]);
  await store.putOutbox({ ...OUT, key: "two" });
  await store.putSetting("mira@localhost", "x", 1);
  expect([told, store.isFull, faults.length]).toEqual([[true], true, 3]);
  vi.restoreAllMocks();
  await store.putOutbox({ ...OUT, key: "two" });
  expect([told, store.isFull]).toEqual([[true, false], false]);
});

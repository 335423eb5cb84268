// SPDX-License-Identifier: Apache-2.0
// Logs are filled whatever becomes of the connection meanwhile.
import { expect, it, vi } from "vitest";
import type { Context, Feature, Hooks } from "../../src/core/context.ts";
import { Logs } from "../../src/core/model/logs.ts";
import { Rows } from "../../src/core/model/rows.ts";
import { Archive } from "../../src/core/sync/archive.ts";
import { history } from "../../src/core/sync/history.ts";
import type { El } from "../../src/core/xml/el.ts";
import { NS } from "../../src/core/xml/ns.ts";
import { parseStored } from "../../src/core/xml/parse.ts";
import type { LogNews } from "../../src/shared/api.ts";
import type { Fault } from "../../src/shared/types.ts";
import { Refusal } from "../../src/shared/rpc.ts";

const ME = "mira@localhost";
const OSKAR = "oskar@localhost";

interface Asked {
  answer(): void;
  fail(fault: Fault): void;
}

interface Bed {
  feature: Feature;
  logs: Logs;
  stream: { isOnline: boolean };
  asked: Asked[];
  rows: Rows;
  told: LogNews[];
  texts(): string[];
}

/** The feature over models of its own, and an archive with one message that answers when the test says so. */
function bed(): Bed {
  const asked: Asked[] = [];
  const told: LogNews[] = [];
  const stream = {
    isOnline: true,
    request: (iq: El) => new Promise<El>((resolve, reject) => {
      const queryid = iq.getChild("query", NS.mam)?.attrs.queryid ?? "";
      asked.push({
        fail: (fault) => reject(new Refusal(fault)),
        answer: () => {
          archive.take(parseStored(`<message xmlns='jabber:client' from='${ME}'><result xmlns='${NS.mam}' queryid='${queryid}' id='a1'><forwarded xmlns='${NS.forward}'>
            <message from='${OSKAR}/x' to='${ME}' type='chat' id='i1'><body>hello</body></message></forwarded></result></message>`));
          resolve(parseStored(`<iq xmlns='jabber:client' type='result'><fin xmlns='${NS.mam}' complete='true'><set xmlns='${NS.rsm}'><first>a1</first><last>a1</last></set></fin></iq>`));
        },
      });
    }),
  };
  const archive = new Archive(ME, stream);
  const rows = new Rows({ tell: () => undefined, gone: () => undefined, keep: async () => undefined, nameOf: (jid) => jid });
  const logs = new Logs({ account: ME, owner: () => ({ jid: ME, nameOf: (jid) => jid }), load: async () => undefined, keep: () => undefined, tell: (news) => told.push(news) });
  rows.need(OSKAR, "chat");
  const context = { jid: ME, stream, archive, rows, logs, raise: <K extends keyof Hooks>(_hook: K) => undefined } as unknown as Context;
  return { feature: history(context), logs, rows, stream, asked, told, texts: () => logs.get(OSKAR)?.messages.map((one) => one.text) ?? [] };
}

/** With the log open, and the first question asked. */
async function begun(): Promise<Bed> {
  const one = bed();
  await one.logs.show(OSKAR, "chat");
  one.feature.onOpen?.(OSKAR);
  await vi.waitFor(() => expect(one.asked).toHaveLength(1));
  return one;
}

async function answered({ asked, texts }: Bed): Promise<void> {
  await vi.waitFor(() => expect(asked).toHaveLength(2), { timeout: 20_000 });
  asked[1]?.answer();
  await vi.waitFor(() => expect(texts()).toEqual(["hello"]), { timeout: 20_000 });
}

it("a session that ends while the log is asked for: the next one asks again, although it is there in the same turn", async () => {
  const one = await begun();
  one.asked[0]?.fail("offline");
  one.feature.onOnline?.(false);
  await answered(one);
});

it("offline for a while: asked again when the connection is back", async () => {
  const one = await begun();
  one.stream.isOnline = false;
  one.asked[0]?.fail("offline");
  await new Promise((resolve) => setTimeout(resolve, 20));
  one.stream.isOnline = true;
  one.feature.onOnline?.(true);
  await answered(one);
});

it("an archive that is too slow is asked again, one that refuses is not", async () => {
  const [slow, closed] = [await begun(), await begun()];
  slow.asked[0]?.fail("timeout");
  closed.asked[0]?.fail("forbidden");
  await answered(slow);
  expect(closed.asked).toHaveLength(1);
});

const settled = async (): Promise<void> => {
  for (let i = 0; i < 100; i++) await Promise.resolve();
};

/** Opened by a page while the list says that there is something new; the timers are ours. */
async function opened(): Promise<Bed> {
  vi.useFakeTimers();
  const one = bed();
  one.rows.update(OSKAR, { unread: 1, time: 1 });
  one.feature.onFirstPage?.();
  await one.logs.show(OSKAR, "chat");
  one.feature.onOpen?.(OSKAR);
  await settled();
  expect(one.asked).toHaveLength(1);
  expect(one.told).toEqual([]);
  return one;
}

it("a page hears of what is kept, what has come, and where the new begins, at once", async () => {
  const one = await opened();
  one.asked[0]?.answer();
  await settled();
  expect(one.told).toHaveLength(1);
  expect(one.told[0]).toMatchObject({ reset: true, upserts: [{ text: "hello" }], firstUnread: one.told[0]?.upserts[0]?.key });
  await vi.advanceTimersByTimeAsync(1000);
  expect(one.told).toHaveLength(1);
  vi.useRealTimers();
});

it("a slow archive is not waited for: what is kept is shown, and the rest when it comes", async () => {
  const one = await opened();
  await vi.advanceTimersByTimeAsync(1000);
  expect(one.told).toMatchObject([{ reset: true, upserts: [] }]);
  one.asked[0]?.answer();
  await settled();
  expect(one.told.at(-1)).toMatchObject({ reset: true, upserts: [{ text: "hello" }], firstUnread: one.told.at(-1)?.upserts[0]?.key });
  vi.useRealTimers();
});

it("what was sent before a conversation was closed gets its place, although the connection was away when it was asked for", async () => {
  vi.useFakeTimers();
  const one = bed();
  await one.logs.show(OSKAR, "chat");
  one.feature.onOpen?.(OSKAR);
  await settled();
  one.asked[0]?.answer();
  await settled();
  one.logs.get(OSKAR)?.mark();
  one.feature.onSettled?.(OSKAR);
  one.stream.isOnline = false;
  await vi.advanceTimersByTimeAsync(1000);
  expect(one.asked).toHaveLength(2);
  one.asked[1]?.fail("offline");
  await settled();
  one.logs.hide(OSKAR);
  one.stream.isOnline = true;
  one.feature.onOnline?.(true);
  await vi.advanceTimersByTimeAsync(1000);
  expect(one.asked).toHaveLength(3);
  vi.useRealTimers();
});

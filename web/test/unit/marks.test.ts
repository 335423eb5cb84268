// SPDX-License-Identifier: Apache-2.0
// What was read never goes back, whatever news of the server come meanwhile.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Log } from "../../src/core/model/log.ts";
import { type KeptMark, Marks } from "../../src/core/model/marks.ts";
import type { Parsed } from "../../src/core/xml/message.ts";

const ROOM = "deck@conference.localhost";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function bed(): { marks: Marks; taken: string[]; hear(displayed: string | undefined, what: string): void } {
  const log = new Log(ROOM, "room", { jid: "mira@localhost", nick: "mira", nameOf: (jid) => jid });
  for (const archive of ["a", "b", "c"]) {
    log.add({ id: `i${archive}`, archives: new Map([[ROOM, archive]]), from: `${ROOM}/oskar`, to: "", type: "groupchat", text: archive, wantsReceipt: false, files: [], mentions: [], encrypted: false, isError: false } as Parsed, "live");
  }
  const marks = new Marks({ get: () => log });
  const taken: string[] = [];
  return { marks, taken, hear: (displayed, what) => marks.hear(ROOM, displayed, () => taken.push(what)) };
}

it("news that do not know of it yet wait; those that do are taken, and end it", () => {
  const { marks, taken, hear } = bed();
  marks.put(ROOM, "b", "b").id = "m1";
  hear("a", "old");
  hear(undefined, "older");
  expect(taken).toEqual([]);
  hear("b", "counted");
  hear("a", "whatever the server says then");
  expect(taken).toEqual(["counted", "whatever the server says then"]);
  vi.runAllTimers();
  expect(taken).toHaveLength(2);
});

it("another device may be further", () => {
  const { marks, taken, hear } = bed();
  marks.put(ROOM, "b", "b");
  hear("c", "further");
  expect(taken).toEqual(["further"]);
  expect(marks.get(ROOM)).toBeUndefined();
});

it("a mark that the server makes nothing of does not keep its news back for ever", () => {
  const { marks, taken, hear } = bed();
  marks.put(ROOM, "c", "c").id = "m1";
  hear("a", "the truth");
  marks.acked("m1");
  expect(taken).toEqual([]);
  vi.runAllTimers();
  expect(taken).toEqual(["the truth"]);
  marks.put(ROOM, "c", "c"); // never said: the room does not let me in
  hear("b", "again");
  vi.runAllTimers();
  expect(taken).toEqual(["the truth", "again"]);
});

it("what was lost with a session is to be said again", () => {
  const { marks } = bed();
  marks.put(ROOM, "b", "b").id = "m1";
  marks.lost("m1");
  expect(marks.get(ROOM)).toMatchObject({ archive: "b", id: undefined });
});

it("what an earlier worker has shown and not said is to be said, and older news wait for it", () => {
  const kept: unknown[] = [];
  const before = new Marks({ get: () => undefined }, (marks) => kept.push(marks));
  before.put(ROOM, "b", "ref b");
  const { marks, taken, hear } = bed();
  marks.restore(kept.at(-1) as KeptMark[]);
  expect(marks.all()).toMatchObject([[ROOM, { archive: "b", ref: "ref b" }]]);
  hear("a", "old");
  expect(taken).toEqual([]);
  hear("b", "counted");
  expect(taken).toEqual(["counted"]);
  before.drop(ROOM);
  expect(kept.at(-1)).toEqual([]);
});

it("places are compared as far as the log is here", () => {
  const { marks } = bed();
  expect(marks.isLater(ROOM, "b", "a")).toBe(true);
  expect(marks.isLater(ROOM, "a", "b")).toBe(false);
  expect(marks.isLater(ROOM, "a", "a")).toBe(false);
  expect(marks.isLater(ROOM, "a", undefined)).toBe(true);
  expect(marks.isLater(ROOM, "a", "long ago")).toBe(false);
  expect(marks.isLater(ROOM, "long ago", "a")).toBe(false);
});

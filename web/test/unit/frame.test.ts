// SPDX-License-Identifier: Apache-2.0
// The order of the list, the ranking of the switcher, what an address is made of.
import { describe, expect, test } from "vitest";
import type { Conversation } from "../../src/shared/types.ts";
import { waitsFor } from "../../src/shared/waits.ts";
import { keepPlaces, type Layout, layOut, ordersFor, SECTIONS } from "../../src/ui/chats/layout.ts";
import { fit, fold, isOneOff, rank } from "../../src/ui/switcher/rank.ts";

const row = (jid: string, more: Partial<Conversation> = {}): Conversation =>
  ({ jid, kind: "chat", name: jid, time: 0, unread: 0, mentions: 0, marked: false, pinned: false, writing: [], ...more });
const names = (layout: Layout): Record<string, string> => Object.fromEntries(SECTIONS.map((name) => [name, layout[name].map((one) => one.jid).join(" ")]));

describe("the list", () => {
  test("sections: what waits, stars, rooms, people; muted ones never wait", () => {
    const rows = [row("a", { time: 1 }), row("b", { time: 2, unread: 1 }), row("c", { pinned: true }), row("d", { kind: "room" }), row("e", { unread: 3, notify: "never" }), row("f", { marked: true, time: 9 })];
    expect(names(layOut(rows))).toEqual({ unread: "f b", starred: "c", rooms: "d", people: "a e" });
  });
  test("what is open stays in the section where it was opened", () => {
    const rows = [row("a", { unread: 0 }), row("b", { unread: 1 })];
    expect(names(layOut(rows, { jid: "a", section: "unread" }))).toMatchObject({ unread: "a b", people: "" });
    expect(names(layOut(rows, { jid: "b", section: "people" }))).toMatchObject({ unread: "", people: "a b" });
  });
  test("hidden until there is news", () => {
    expect(names(layOut([row("a", { hiddenAt: 5, time: 5 }), row("b", { hiddenAt: 5, time: 6 }), row("c", { hiddenAt: 5, time: 1, unread: 1 })]))).toMatchObject({ unread: "c", people: "b" });
  });
  test("arranged ones come first, the rest by time", () => {
    expect(names(layOut([row("a", { time: 1 }), row("b", { time: 2 }), row("c", { order: 2 }), row("d", { order: 1 })])).people).toBe("d c b a");
  });
  test("a muted time that has passed is none", () => {
    expect(waitsFor(row("a", { unread: 2, notify: "never", mutedUntil: 1 }))).toBe(2);
    expect(waitsFor(row("a", { unread: 2, notify: "never" }))).toBe(0);
    expect(waitsFor(row("a", { kind: "room", unread: 2, mentions: 1 }))).toBe(1);
  });
  test("under the pointer rows keep their places, new ones come in front, arranged ones move", () => {
    const before = layOut([row("a", { time: 3 }), row("b", { time: 2 }), row("c", { time: 1 })]);
    const later = [row("a", { time: 3 }), row("b", { time: 2 }), row("c", { time: 9, unread: 1 }), row("n", { time: 8 })];
    const held = keepPlaces(layOut(later), before);
    expect(names(held)).toMatchObject({ unread: "", people: "n a b c" });
    const starred = keepPlaces(layOut(later.map((one) => (one.jid === "b" ? { ...one, pinned: true } : one))), held);
    expect(names(starred)).toMatchObject({ starred: "b", people: "n a c" });
    const moved = keepPlaces(layOut([row("a", { time: 3 }), row("b", { time: 2 }), row("c", { order: 0 })]), before);
    expect(names(moved).people).toBe("c a b");
  });
  test("a move gives numbers to no more rows than it must", () => {
    const apply = (rows: Conversation[], jid: string, to: number): string => {
      const orders = new Map(ordersFor(rows, jid, to).map((one) => [one.jid, one.order]));
      return names(layOut(rows.map((one) => ({ ...one, ...(orders.has(one.jid) ? { order: orders.get(one.jid) as number } : {}) })))).people ?? "";
    };
    const rows = ["a", "b", "c", "d"].map((jid, at) => row(jid, { time: 9 - at }));
    for (let to = 0; to < 4; to++) {
      const others = ["a", "b", "d"];
      others.splice(to, 0, "c");
      expect(apply(rows, "c", to)).toBe(others.join(" "));
    }
    expect(ordersFor(rows, "c", 0)).toHaveLength(1);
    const arranged = [row("a", { order: 1 }), row("b", { order: 2 }), row("c", { order: 3 }), row("d", { time: 4 })];
    expect(apply(arranged, "c", 1)).toBe("a c b d");
    expect(apply(arranged, "d", 1)).toBe("a d b c");
    expect(apply(arranged, "a", 3)).toBe("b c d a");
    expect(ordersFor(arranged, "c", 1)).toHaveLength(1);
  });
});

describe("the switcher", () => {
  test("the beginning, a word, inside, letters in order, one error: in this order", () => {
    const scores = [["win", "Winter timetable"], ["tim", "Winter timetable"], ["nter", "Winter timetable"], ["wtt", "Winter timetable"], ["wimter", "Winter timetable"]].map(([query, name]) => fit(query ?? "", name ?? "")?.score ?? 0);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(new Set(scores).size).toBe(5);
    expect(fit("zzz", "Winter timetable")).toBeUndefined();
  });
  test("marks and case do not matter, and places stay", () => {
    expect(fold("Émile İ")).toHaveLength("Émile İ".length);
    expect(fit("emi", "Émile")?.ranges).toEqual([[0, 3]]);
  });
  test("words in any order", () => {
    expect(fit("time win", "Winter timetable")?.ranges).toEqual([[0, 3], [7, 11]]);
  });
  test("one letter more, less, other, or two changed about", () => {
    for (const typed of ["oskr", "osscar", "osksr", "oskra"]) expect([typed, isOneOff(typed, "oskar") || isOneOff(typed, "oskar".slice(0, 5))]).toEqual([typed, typed !== "osscar"]);
    expect(isOneOff("oskar", "oskar")).toBe(true);
    expect(isOneOff("abc", "xyz")).toBe(false);
  });
  test("among equals the more recent wins", () => {
    const found = rank("a", [{ name: "anna", at: 1 }, { name: "ada", at: 2 }], (one) => one.name, (one) => one.at);
    expect(found.map((one) => one.item.name)).toEqual(["ada", "anna"]);
  });
});

// SPDX-License-Identifier: Apache-2.0
// The log against a plain list: however the archive comes (pages from the end, live, gaps, my own before they are named), what is
// shown is the same.
import { describe, expect, it } from "vitest";
import { type End, Log, type Where } from "../../src/core/model/log.ts";
import type { Owner } from "../../src/core/model/reader.ts";
import type { Parsed } from "../../src/core/xml/message.ts";
import type { Message } from "../../src/shared/types.ts";

const HISTORIES = 300;
const ROOM = "deck@conference.localhost";
const PEOPLE = { me: "mira", a: "oskar", b: "ines" } as const;
type Who = keyof typeof PEOPLE;

/** A generator that the same seed leads the same way (mulberry32). */
function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

interface Entry {
  archive: string;
  id: string;
  by: Who;
  time: number;
  what: { kind: "say"; text: string } | { kind: "replace"; of: Entry; text: string } | { kind: "retract" | "moderate" | "seen" | "got"; of: Entry } | { kind: "react"; of: Entry; emoji: string[] };
}

interface Shown {
  text: string;
  versions: string[];
  reactions: Record<string, string[]>;
  gone: boolean;
  delivery: string | undefined;
  readers: string[];
}

const owner = (): Owner => ({ jid: "mira@localhost", nick: "mira", occupant: "o-me", nameOf: (jid) => jid.split("@")[0] ?? jid });

function parsedOf(entry: Entry, isRoom: boolean): Parsed {
  const { what } = entry;
  const base: Parsed = {
    id: entry.id, origin: entry.id, archives: new Map(), from: isRoom ? `${ROOM}/${PEOPLE[entry.by]}` : `${PEOPLE[entry.by]}@localhost/x`, to: "", type: isRoom ? "groupchat" : "chat",
    time: entry.time, wantsReceipt: false, files: [], mentions: [], encrypted: false, isError: false, ...(isRoom ? { occupant: `o-${entry.by}` } : {}),
  };
  if (what.kind === "say") return { ...base, text: what.text };
  const ref = isRoom ? what.of.archive : what.of.id;
  if (what.kind === "replace") return { ...base, text: what.text, replaces: what.of.id };
  if (what.kind === "react") return { ...base, reacts: { ref, emoji: what.emoji } };
  if (what.kind === "seen") return { ...base, displayed: ref };
  if (what.kind === "got") return { ...base, received: ref };
  if (what.kind === "moderate") return { ...base, from: ROOM, retracts: ref, moderated: { by: `${ROOM}/ines` } };
  return { ...base, retracts: ref };
}

/** A history: things said, and things said about them, some by people who may not. */
function history(roll: (n: number) => number, isRoom: boolean, length: number): Entry[] {
  const people: Who[] = isRoom ? ["me", "a", "b"] : ["me", "a"];
  const all: Entry[] = [];
  const said: Entry[] = [];
  for (let i = 0; i < length; i++) {
    const by = people[roll(people.length)] ?? "me";
    const entry: Entry = { archive: `arc${i}`, id: `id${i}`, by, time: 1_000_000 + i * 1000, what: { kind: "say", text: `text ${i}` } };
    const of = said[Math.max(0, said.length - 1 - roll(12))];
    const chance = roll(10);
    if (of && chance === 0) entry.what = { kind: "replace", of, text: `text ${i}` };
    else if (of && chance === 1) entry.what = { kind: "react", of, emoji: ["👍", "⛵", "☕"].slice(roll(3), 1 + roll(3)) };
    else if (of && chance === 2 && roll(3) === 0) entry.what = { kind: isRoom && roll(2) === 0 ? "moderate" : "retract", of };
    else if (of && chance === 3) entry.what = { kind: "seen", of };
    else if (of && chance === 4) entry.what = { kind: "got", of };
    else said.push(entry);
    all.push(entry);
  }
  return all;
}

function act(shown: Shown, entry: Entry, target: Entry): void {
  const { what, by } = entry;
  if (what.kind === "got" && target.by === "me" && by !== "me" && shown.delivery === "sent") shown.delivery = "delivered";
  if (shown.gone) return;
  if (what.kind === "replace" && by === target.by) {
    shown.versions.push(shown.text);
    shown.text = what.text;
  } else if (what.kind === "react") {
    for (const [one, names] of Object.entries(shown.reactions)) shown.reactions[one] = names.filter((name) => name !== by);
    for (const one of new Set(what.emoji)) (shown.reactions[one] ??= []).push(by);
    shown.reactions = Object.fromEntries(Object.entries(shown.reactions).filter(([, names]) => names.length > 0));
  } else if (what.kind === "moderate" || (what.kind === "retract" && by === target.by)) Object.assign(shown, { gone: true, text: "", versions: [], reactions: {} });
}

/** The plain list. */
function expected(all: readonly Entry[], isRoom: boolean): Shown[] {
  const shown = new Map<Entry, Shown>();
  const read = new Map<Who, Entry>();
  for (const entry of all) {
    const { what } = entry;
    if (what.kind === "say") shown.set(entry, { text: what.text, versions: [], reactions: {}, gone: false, delivery: entry.by === "me" ? "sent" : undefined, readers: [] });
    else {
      const target = shown.get(what.of);
      if (target) act(target, entry, what.of);
      if (what.kind === "seen" && entry.by !== "me" && !((read.get(entry.by)?.time ?? 0) >= what.of.time)) read.set(entry.by, what.of);
    }
  }
  for (const [by, until] of read) {
    if (isRoom) shown.get(until)?.readers.push(by);
    for (const [entry, one] of shown) if (entry.by === "me" && entry.time <= until.time) one.delivery = "read";
  }
  return [...shown.values()];
}

const names: Record<string, Who> = { mira: "me", oskar: "a", ines: "b" };
const view = (one: Message): Shown => ({
  text: one.text, versions: one.versions.map((version) => version.text), gone: one.retracted !== undefined, delivery: one.delivery, readers: (one.readers ?? []).map((name) => names[name] ?? name),
  reactions: Object.fromEntries(Object.entries(one.reactions).map(([emoji, people]) => [emoji, people.map((person) => names[person.name] ?? person.name)])),
});
const plain = (all: Shown[]): unknown => all.map((one) => ({ ...one, readers: one.readers.toSorted(), reactions: Object.entries(one.reactions).map(([emoji, people]) => `${emoji} ${people.toSorted().join(" ")}`).toSorted() }));

/** Gives a log what the archive has, from the end, then goes on live; and pages back in between. */
function play(all: readonly Entry[], isRoom: boolean, roll: (n: number) => number): Log {
  const log = new Log(isRoom ? ROOM : "oskar@localhost", isRoom ? "room" : "chat", owner());
  const take = (entry: Entry, where: Where): void => void log.add(parsedOf(entry, isRoom), where, entry.archive);
  const start = roll(all.length);
  const known = { from: start, to: start };
  const older = (): void => {
    const size = Math.min(known.from, 1 + roll(9));
    for (let i = 0; i < size; i++) take(all[--known.from] as Entry, "older");
  };
  older();
  while (known.from > 0 || known.to < all.length) {
    const next = all[known.to];
    if (known.from > 0 && (roll(3) === 0 || !next)) older();
    else if (!next) continue;
    else if (next.by === "me" && next.what.kind === "say" && roll(2) === 0) known.to += own(log, all, known.to, isRoom, roll);
    else {
      take(next, roll(2) ? "live" : "newer");
      known.to++;
    }
  }
  return log;
}

/** These as the end of the archive. */
const endOf = (entries: readonly Entry[], isRoom: boolean, isWhole = true): End => {
  const items = entries.map((one) => ({ archive: one.archive, parsed: parsedOf(one, isRoom) }));
  return { items, first: items[0]?.archive, last: items.at(-1)?.archive, isWhole };
};

/** I say something; others speak before the archive has told its place. Returns how many entries were taken. */
function own(log: Log, all: readonly Entry[], at: number, isRoom: boolean, roll: (n: number) => number): number {
  const mine = all[at] as Entry;
  const text = mine.what.kind === "say" ? mine.what.text : "";
  const message = log.addOwn({
    key: mine.id, conversation: log.conversation, ref: mine.id, id: mine.id, from: { jid: isRoom ? `${ROOM}/mira` : "mira@localhost", name: "mira", mine: true }, time: mine.time, text, files: [],
    versions: [], reactions: {}, mentions: [], mentionsMe: false, delivery: "waiting",
  });
  if (isRoom) {
    log.add(parsedOf(mine, true), "live", mine.archive);
    return 1;
  }
  const change = { upserts: new Set<Message>(), removed: [] };
  const { anchor } = log;
  let taken = 1;
  // What stands behind mine in the archive may come before I know that mine has arrived.
  for (let next = all[at + taken]; next && next.by !== "me" && roll(2) === 0; next = all[at + ++taken]) log.add(parsedOf(next, false), "live", next.archive);
  log.raise(message, "sent", change);
  log.settle(message);
  expect(log.anchor).toBe(anchor);
  log.reconcile(all.slice(at, at + taken).map((entry) => ({ archive: entry.archive, parsed: parsedOf(entry, false) })), true, new Set());
  return taken;
}

describe("a log", () => {
  for (const isRoom of [false, true]) {
    it(`shows the same, however it comes: ${isRoom ? "a room" : "a chat"}`, () => {
      for (let seed = 1; seed <= HISTORIES; seed++) {
        const roll = dice(seed * 7919);
        const all = history(roll, isRoom, 5 + roll(60));
        const log = play(all, isRoom, roll);
        expect(plain(log.messages.map(view)), `seed ${seed}`).toEqual(plain(expected(all, isRoom)));
      }
    });
  }

  it("corrections from two devices stand in the order of the archive, whichever came first, and one that still waits stands last", () => {
    const log = new Log("oskar@localhost", "chat", owner());
    const entry = (id: string, what: Entry["what"]): Entry => ({ archive: `arc-${id}`, id, by: "me", time: Number(id), what });
    const first = entry("1", { kind: "say", text: "one" });
    const edits = ["2", "3", "4"].map((id) => entry(id, { kind: "replace", of: first, text: `edit ${id}` }));
    const [two, three, four] = edits.map((one) => parsedOf(one, false)) as [Parsed, Parsed, Parsed];
    const texts = (): string[] => log.messages.flatMap((one) => [...one.versions.map((version) => version.text), one.text]);
    log.add(parsedOf(first, false), "live", first.archive);
    log.mark();
    log.addRemark({ ...three, time: 1 }, true); // mine, with a clock that is slow
    log.addRemark({ ...four, time: 2 }, true);
    log.add(two, "live", "arc-2"); // from my other device, and in the archive before
    log.reconcile([two, three].map((parsed, i) => ({ archive: `arc-${i + 2}`, parsed })), true, new Set());
    log.addRemark({ ...four, time: 2 }, true);
    expect(texts()).toEqual(["one", "edit 2", "edit 3", "edit 4"]);
    log.reconcile([two, three, four].map((parsed, i) => ({ archive: `arc-${i + 2}`, parsed })), true, new Set());
    expect(texts()).toEqual(["one", "edit 2", "edit 3", "edit 4"]);
  });

  it("what is read up to a message is only what stands before it, although its place was learnt later", () => {
    const log = new Log("oskar@localhost", "chat", owner());
    const say = (id: string, by: Who): Entry => ({ archive: `arc-${id}`, id, by, time: 1000, what: { kind: "say", text: id } });
    const [early, late] = [say("early", "me"), say("late", "me")];
    const message = log.addOwn({ key: "early", conversation: log.conversation, ref: "early", id: "early", from: { jid: "mira@localhost", name: "mira", mine: true }, time: 1, text: "early", files: [], versions: [],
      reactions: {}, mentions: [], mentionsMe: false, delivery: "waiting" });
    log.add(parsedOf(late, false), "live", late.archive); // from my other device, before this one knows that its own has arrived
    log.raise(message, "sent", { upserts: new Set(), removed: [] });
    log.settle(message);
    const seen: Entry = { archive: "arc-seen", id: "seen", by: "a", time: 2000, what: { kind: "seen", of: early } };
    log.add(parsedOf(seen, false), "live", seen.archive);
    log.reconcile([early, late, seen].map((one) => ({ archive: one.archive, parsed: parsedOf(one, false) })), true, new Set());
    expect(log.messages.map((one) => [one.text, one.delivery])).toEqual([["early", "read"], ["late", "sent"]]);
  });

  it("what the server has taken stands behind what the archive says of before, although that comes later", () => {
    const log = new Log("oskar@localhost", "chat", owner());
    const [first, second] = (["first", "second"] as const).map((id): Entry => ({ archive: `arc-${id}`, id, by: id === "first" ? "a" : "me", time: 1, what: { kind: "say", text: id } })) as [Entry, Entry];
    const message = log.addOwn({ key: "second", conversation: log.conversation, ref: "second", id: "second", from: { jid: "mira@localhost", name: "mira", mine: true }, time: 1, text: "second", files: [],
      versions: [], reactions: {}, mentions: [], mentionsMe: false, delivery: "waiting" });
    log.settle(message);
    log.reconcile([{ archive: first.archive, parsed: parsedOf(first, false) }], true, new Set());
    expect(log.messages.map((one) => one.text)).toEqual(["first", "second"]);
    log.reconcile([{ archive: second.archive, parsed: parsedOf(second, false) }], true, new Set());
    expect(log.messages.map((one) => one.text)).toEqual(["first", "second"]);
  });

  it("what others say of mine by the id of the room is kept until the room's id of it is known", () => {
    const log = new Log(ROOM, "room", owner());
    log.addOwn({ key: "mine", conversation: ROOM, ref: "mine", id: "mine", from: { jid: `${ROOM}/mira`, name: "mira", mine: true }, time: 1, text: "mine", files: [], versions: [], reactions: {},
      mentions: [], mentionsMe: false, delivery: "waiting" });
    const mine: Entry = { archive: "arc-mine", id: "mine", by: "me", time: 1, what: { kind: "say", text: "mine" } };
    const heart: Entry = { archive: "arc-heart", id: "heart", by: "a", time: 2, what: { kind: "react", of: mine, emoji: ["👍"] } };
    for (const one of [heart, mine]) log.add(parsedOf(one, true), "older", one.archive);
    expect(log.messages.map((one) => [one.text, Object.keys(one.reactions)])).toEqual([["mine", ["👍"]]]);
  });

  it("what the server has taken is not forgotten when the log begins anew", () => {
    const log = new Log("oskar@localhost", "chat", owner());
    const message = log.addOwn({ key: "mine", conversation: log.conversation, ref: "mine", id: "mine", from: { jid: "mira@localhost", name: "mira", mine: true }, time: 1, text: "mine", files: [], versions: [],
      reactions: {}, mentions: [], mentionsMe: false, delivery: "waiting" });
    const old: Entry = { archive: "arc-old", id: "old", by: "a", time: 1, what: { kind: "say", text: "old" } };
    log.raise(message, "sent", { upserts: new Set(), removed: [] });
    log.settle(message);
    log.anew(endOf([old], false), new Set());
    expect([log.messages.map((one) => one.text), log.anchor]).toEqual([["old", "mine"], "arc-old"]);
  });

  it("what is sent while the log begins anew has its place behind what the archive says", () => {
    for (const isAcked of [false, true]) {
      const log = new Log("oskar@localhost", "chat", owner());
      const [a, b, mine, c] = (["a", "b", "mine", "c"] as const).map((id): Entry => ({ archive: `arc-${id}`, id, by: id === "mine" ? "me" : "a", time: 1, what: { kind: "say", text: id } })) as [Entry, Entry, Entry, Entry];
      const message = log.addOwn({ key: "mine", conversation: log.conversation, ref: "mine", id: "mine", from: { jid: "mira@localhost", name: "mira", mine: true }, time: 1, text: "mine", files: [], versions: [],
        reactions: {}, mentions: [], mentionsMe: false, delivery: "waiting" });
      log.anew(endOf([a], false), new Set());
      expect(log.anchor).toBe(a.archive);
      if (isAcked) log.settle(message);
      for (const one of [b, mine, c]) log.add(parsedOf(one, false), "newer", one.archive);
      expect(log.messages.map((one) => one.text)).toEqual(["a", "b", "mine", "c"]);
    }
  });

  it("who has received or read a correction has received what it corrects, whichever way the archive is read", () => {
    for (const kind of ["got", "seen"] as const) {
      for (const isGone of [false, true]) {
        const entry = (id: string, by: Who, what: Entry["what"]): Entry => ({ archive: `arc-${id}`, id, by, time: 1, what });
        const first = entry("first", "me", { kind: "say", text: "first" });
        const edit = entry("edit", "me", { kind: "replace", of: first, text: "second" });
        const all = [first, edit, entry("receipt", "a", { kind, of: edit }), ...(isGone ? [entry("gone", "me", { kind: "retract", of: first })] : [])];
        for (const where of ["newer", "older"] as const) {
          const log = new Log("oskar@localhost", "chat", owner());
          for (const one of where === "older" ? all.toReversed() : all) log.add(parsedOf(one, false), where, one.archive);
          expect([where, log.messages[0]?.delivery, log.messages[0]?.text]).toEqual([where, kind === "got" ? "delivered" : "read", isGone ? "" : "second"]);
        }
      }
    }
  });

  it("what the archive has named need not be sent; a correction of it, which leads to it by its id, still has to be", () => {
    const log = new Log("oskar@localhost", "chat", owner());
    const first: Entry = { archive: "arc-first", id: "first", by: "me", time: 1, what: { kind: "say", text: "first" } };
    const edit: Entry = { archive: "arc-edit", id: "edit", by: "me", time: 2, what: { kind: "replace", of: first, text: "second" } };
    const named = (): boolean[] => ["first", "edit"].map((id) => log.isNamed(id));
    log.add(parsedOf(first, false), "newer", first.archive);
    log.addRemark(parsedOf(edit, false), true);
    expect([named(), log.messages[0]?.text]).toEqual([[true, false], "second"]);
    log.add(parsedOf(first, false), "newer", first.archive); // an answer that is older than the correction
    expect([named(), log.messages[0]?.text]).toEqual([[true, false], "second"]);
    log.add(parsedOf(edit, false), "newer", edit.archive);
    expect([named(), log.unsaid.size]).toEqual([[true, true], 0]);
  });

  it("goes on the same after it was kept and read again", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const roll = dice(seed * 104729);
      const all = history(roll, true, 40);
      const half = new Log(ROOM, "room", owner());
      for (const entry of all.slice(0, 20)) half.add(parsedOf(entry, true), "newer", entry.archive);
      const rest = new Log(ROOM, "room", owner());
      rest.restore(structuredClone(half.messages));
      rest.orphans = structuredClone(half.orphans);
      for (const entry of all.slice(15)) rest.add(parsedOf(entry, true), "newer", entry.archive);
      expect(plain(rest.messages.map(view)), `seed ${seed}`).toEqual(plain(expected(all, true)));
    }
  });
});

describe("reactions", () => {
  it("that are written with and without the sign for a picture are the same, and each as it was sent", () => {
    const log = new Log(ROOM, "room", owner());
    const of = (by: Who, id: string, more: Partial<Parsed>): Parsed => ({ ...parsedOf({ archive: "", id, by, time: 5000, what: { kind: "say", text: "" } }, true), ...more });
    const seen = () => Object.entries(log.messages[0]?.reactions ?? {}).map(([emoji, people]) => [emoji, people.map((one) => one.as ?? emoji)]);
    log.add(of("a", "one", { text: "the ramp holds" }), "live", "arc1");
    log.add(of("a", "two", { reacts: { ref: "arc1", emoji: ["❤"] } }), "live", "arc2");
    log.add(of("b", "three", { reacts: { ref: "arc1", emoji: ["❤️", "❤"] } }), "live", "arc3");
    expect(seen()).toEqual([["❤", ["❤", "❤️"]]]);
    log.add(of("a", "four", { reacts: { ref: "arc1", emoji: [] } }), "live", "arc4");
    expect(seen()).toEqual([["❤", ["❤️"]]]);
  });
});

describe("a correction of mine that is taken back before it leaves", () => {
  const of = (id: string, more: Partial<Parsed>): Parsed => ({ ...parsedOf({ archive: "", id, by: "me", time: 5000, what: { kind: "say", text: "" } }, true), ...more });
  const view = (log: Log): unknown => log.messages.map((one) => [one.text, one.versions.map((each) => each.text), one.edited !== undefined, one.mentions.length]);
  const call = [{ begin: 0, end: 4, kind: "person" as const, me: false }];

  it("leaves the message as it was, also when nothing else has corrected it", () => {
    const log = new Log(ROOM, "room", owner());
    log.add(of("one", { text: "first" }), "live", "arc1");
    log.addRemark(of("e1", { text: "second", replaces: "one" }), true);
    expect(view(log)).toEqual([["second", ["first"], true, 0]]);
    log.takeBack(log.messages[0]?.key ?? "", "e1", call);
    expect(view(log)).toEqual([["first", [], false, 1]]);
    log.takeBack(log.messages[0]?.key ?? "", "e1", []);
    expect(view(log)).toEqual([["first", [], false, 1]]);
    expect(log.unsaid.size).toBe(0);
  });

  it("does not touch what another device has made of it meanwhile", () => {
    const log = new Log(ROOM, "room", owner());
    log.add(of("one", { text: "first" }), "live", "arc1");
    log.addRemark(of("e1", { text: "second", replaces: "one" }), true);
    log.add(of("e2", { text: "elsewhere", replaces: "one" }), "live", "arc2");
    log.takeBack(log.messages[0]?.key ?? "", "e1", call);
    expect(log.messages[0]?.versions.map((one) => one.text)).not.toContain("second");
    expect(log.messages[0]?.text).toBe("elsewhere");
    log.addRemark(of("e3", { text: "third", replaces: "one" }), true);
    log.takeBack(log.messages[0]?.key ?? "", "e3", []);
    expect(view(log)).toEqual([["elsewhere", ["first"], true, 0]]);
  });
});

describe("what a log does not believe", () => {
  const said = (by: Who, id: string, more: Partial<Parsed>, isRoom = true): Parsed => ({ ...parsedOf({ archive: "", id, by, time: 5000, what: { kind: "say", text: "" } }, isRoom), ...more });
  const room = (): Log => {
    const log = new Log(ROOM, "room", owner());
    log.add(said("a", "one", { text: "the ramp holds" }), "live", "arc1");
    return log;
  };

  it("corrections and retractions of other people", () => {
    const log = room();
    log.add(said("b", "two", { text: "the ramp is down", replaces: "one" }), "live", "arc2");
    log.add(said("b", "three", { retracts: "arc1" }), "live", "arc3");
    log.add(said("b", "four", { from: `${ROOM}/oskar`, text: "under his nick", replaces: "one" }), "live", "arc4");
    expect(log.messages.map((one) => [one.text, one.retracted, one.versions.length])).toEqual([["the ramp holds", undefined, 0]]);
  });

  it("moderation by anybody but the room, and of an id that is not of its archive", () => {
    const log = room();
    log.add(said("b", "two", { retracts: "arc1", moderated: { by: `${ROOM}/ines` } }), "live", "arc2");
    log.add(said("b", "three", { from: ROOM, retracts: "one", moderated: { by: `${ROOM}/ines` } }), "live", "arc3");
    expect(log.messages[0]?.retracted).toBeUndefined();
  });

  it("a message that names itself like another one", () => {
    const log = room();
    log.add(said("b", "one", { text: "me, too" }), "live", "arc2");
    log.add(said("b", "arc1", { text: "and I" }), "live", "arc3");
    log.add(said("a", "five", { text: "the ramp holds well", replaces: "one" }), "live", "arc4");
    log.add(said("me", "six", { reacts: { ref: "arc1", emoji: ["👍"] } }), "live", "arc5");
    expect(log.messages.map((one) => [one.text, Object.keys(one.reactions)])).toEqual([["the ramp holds well", ["👍"]], ["me, too", []], ["and I", []]]);
  });

  it("words in private as words in the room, and the other way round", () => {
    const log = room();
    log.add(said("b", "two", { type: "chat", text: "psst" }), "live");
    log.add(said("a", "three", { type: "chat", retracts: "arc1" }), "live");
    const chat = new Log("oskar@localhost", "chat", owner());
    chat.add(said("a", "four", { type: "groupchat", text: "to all" }, false), "live");
    expect([log.messages.length, log.messages[0]?.retracted, chat.messages.length]).toEqual([1, undefined, 0]);
  });

  it("an archive id that another archive has given", () => {
    const log = new Log("oskar@localhost", "chat", owner());
    log.add(said("a", "one", { text: "hello", archives: new Map([["oskar@localhost", "forged"]]) }, false), "live");
    expect(log.messages[0]?.archive).toBeUndefined();
  });

  it("words that are names of something else, and addresses that cannot be decoded", () => {
    const log = room();
    log.add(said("b", "two", { reacts: { ref: "arc1", emoji: ["constructor", "__proto__", "👍"] } }), "live", "arc2");
    expect(Object.entries(log.messages[0]?.reactions ?? {}).map(([emoji, people]) => [emoji, people.length])).toEqual([["constructor", 1], ["__proto__", 1], ["👍", 1]]);
    log.add(said("b", "three", { text: "@mira", mentions: [{ uri: "xmpp:%", begin: 0, end: 5 }] as never }), "live", "arc3");
    log.add(said("me", "four", { text: "mine" }), "live", "arc4");
    log.add(said("b", "four", { from: ROOM, isError: true, errorCondition: "constructor" }), "live");
    expect(log.messages.map((one) => one.text)).toEqual(["the ramp holds", "@mira", "mine"]);
    expect(() => structuredClone(log.messages)).not.toThrow();
  });

  it("that a message of mine was read, said by myself", () => {
    const log = room();
    log.add(said("me", "two", { text: "mine" }), "live", "arc2");
    log.add(said("me", "three", { displayed: "arc2" }), "live", "arc3");
    expect(log.messages[1]?.delivery).toBe("sent");
  });
});

// SPDX-License-Identifier: Apache-2.0
// One log, a server that is slow, and what I say and do meanwhile on this device and on another one: whenever the log begins anew or
// asks for what it has missed, it ends as the archive is, and what I have just said is shown all the time.
import { expect, it } from "vitest";
import { Log, type Named } from "../../src/core/model/log.ts";
import type { Parsed } from "../../src/core/xml/message.ts";
import type { Message } from "../../src/shared/types.ts";
import { Random } from "../model/random.ts";

const HISTORIES = 150;
const STEPS = 60;
const PATIENCE = 60_000; // ms
const [ME, OSKAR, ROOM] = ["mira@localhost", "oskar@localhost", "deck@conference.localhost"];
const EMOJI = ["👍", "⛵", "☕"];

/** The server and both of my devices; the log is that of this one. */
class Sea {
  readonly log: Log;
  readonly archive: Named[] = [];
  private readonly isRoom: boolean;
  private readonly random: Random;
  /** Said here, on its way to the server; and there, but not acknowledged. */
  private readonly way: Parsed[] = [];
  private readonly unacked: Parsed[] = [];
  private isCurrent = true;
  private isCalm = false;
  private count = 0;

  constructor(isRoom: boolean, random: Random) {
    [this.isRoom, this.random] = [isRoom, random];
    this.log = new Log(isRoom ? ROOM : OSKAR, isRoom ? "room" : "chat", { jid: ME, nick: "mira", nameOf: (jid) => jid });
  }

  private parsed(by: "mira" | "oskar", more: Partial<Parsed>): Parsed {
    const id = `id${++this.count}`;
    return {
      id, origin: id, archives: new Map(), from: this.isRoom ? `${ROOM}/${by}` : `${by}@localhost/x`, to: "", type: this.isRoom ? "groupchat" : "chat", time: 1000 + this.count,
      wantsReceipt: false, files: [], mentions: [], encrypted: false, isError: false, ...more,
    } as Parsed;
  }

  /** In the archive, and live on this device unless it is about to ask for it. */
  private land(parsed: Parsed): void {
    const archive = `a${this.archive.length}`;
    this.archive.push({ archive, parsed });
    const isMineHere = this.unacked.includes(parsed);
    if (this.isCurrent && (!isMineHere || this.isRoom)) this.log.add(parsed, "live", archive);
  }

  /** Other devices speak only of what they know: `isHere` also of what has not left yet. */
  private something(by: "mira" | "oskar", isHere = false): Parsed | undefined {
    const dice = this.random.below(10);
    if (dice < 5) return this.parsed(by, { text: `text ${this.count + 1}` });
    const target = this.random.of(this.log.messages.filter((one) => !one.retracted && (one.archive || (isHere ? !this.isRoom : this.archive.some(({ parsed }) => parsed.id === one.id)))));
    if (!target) return undefined;
    if (dice < 8) return this.parsed(by, { reacts: { ref: target.ref, emoji: EMOJI.filter(() => this.random.chance(0.4)) } });
    if (target.from.mine !== (by === "mira")) return undefined;
    return dice < 9 ? this.parsed(by, { text: `edit ${this.count + 1}`, replaces: target.id ?? "" }) : this.parsed(by, { retracts: target.ref });
  }

  private here(): void {
    const said = this.something("mira", true);
    if (!said) return;
    const isRemark = said.reacts ?? said.replaces ?? said.retracts;
    if (isRemark) {
      this.log.mark();
      this.log.addRemark(said, true);
    } else this.own(said);
    this.way.push(said);
  }

  private own(said: Parsed): void {
    const id = said.id ?? "";
    const from = { jid: this.isRoom ? `${ROOM}/mira` : ME, name: this.isRoom ? "mira" : ME, mine: true };
    this.log.addOwn({ key: id, conversation: this.log.conversation, ref: id, id, from, time: 1, text: said.text ?? "", files: [], versions: [], reactions: {}, mentions: [], mentionsMe: false, delivery: "waiting" });
  }

  private arrive(): void {
    const said = this.way.shift();
    if (!said) return;
    this.unacked.push(said);
    this.land(said);
  }

  private ack(): void {
    const said = this.unacked.shift();
    if (!said) return;
    this.log.taken(said.id ?? "");
    const message = this.log.find(said.id ?? "");
    if (!message) return;
    this.log.raise(message, "sent", { upserts: new Set(), removed: [] });
    if (!this.isRoom) this.log.settle(message);
  }

  private some(): void {
    const dice = this.random.below(10);
    if (dice < 3) this.here();
    else if (dice < 5) this.elsewhere("mira");
    else if (dice < 7) this.elsewhere("oskar");
    else if (dice < 9) this.arrive();
    else this.ack();
  }

  private elsewhere(by: "mira" | "oskar"): void {
    const said = this.something(by);
    if (said) this.land(said);
  }

  /** What the server answers, although this or that happens before it is heard. */
  private ask<T>(look: () => T): T {
    const found = look();
    for (let i = this.isCalm ? 0 : this.random.below(4); i > 0; i--) this.some();
    return found;
  }

  private behind(ref: string | undefined): Named[] {
    return this.archive.slice(ref ? this.archive.findIndex((one) => one.archive === ref) + 1 : 0);
  }

  catchUp(): void {
    this.isCurrent = false;
    for (let i = 0; i < 2; i++) {
      const { anchor, last } = this.log;
      const sure = this.log.sure();
      const items = this.ask(() => this.behind(anchor ?? last));
      if (this.log.anchor !== undefined) this.log.reconcile(items, true, sure);
      else for (const { archive, parsed } of items) this.log.add(parsed, "newer", archive);
    }
    // What has come while the last answer was on its way, is asked for again by history.ts.
    const rest = this.behind(this.log.anchor ?? this.log.last);
    if (this.log.anchor !== undefined) this.log.reconcile(rest, true, this.log.sure());
    else for (const { archive, parsed } of rest) this.log.add(parsed, "newer", archive);
    this.isCurrent = true;
  }

  anew(): void {
    this.isCurrent = false;
    const sure = this.log.sure();
    const size = 1 + this.random.below(20);
    const items = this.ask(() => this.archive.slice(-size));
    this.log.anew({ items, first: items[0]?.archive, last: items.at(-1)?.archive, isWhole: items[0] === undefined || items[0].archive === "a0" }, sure);
    this.isCurrent = true;
    this.catchUp();
  }

  step(): void {
    const dice = this.random.below(12);
    if (dice === 0) this.anew();
    else if (dice === 1) this.catchUp();
    else this.some();
    this.isShown();
  }

  /** What I have said last, and the server does not have, is what I see. */
  private isShown(): void {
    const last = new Map<string, Parsed>();
    for (const said of this.way) {
      if (said.reacts) last.set(`reacts ${said.reacts.ref}`, said);
      else if (said.replaces) last.set(`edits ${said.replaces}`, said);
      else if (said.text !== undefined) expect(this.log.find(said.id ?? "")?.from.mine, `${said.id} is shown`).toBe(true);
    }
    for (const { reacts, replaces, text } of last.values()) {
      const target = this.log.find(reacts?.ref ?? replaces ?? "");
      if (!target || target.retracted) continue;
      if (replaces) expect(target.text).toBe(text);
      else expect(Object.entries(target.reactions).flatMap(([emoji, people]) => (people.some((one) => one.mine) ? [emoji] : [])).toSorted()).toEqual(reacts?.emoji.toSorted());
    }
  }

  calm(): void {
    this.isCalm = true;
    while (this.way.length > 0) this.arrive();
    while (this.unacked.length > 0) this.ack();
    this.catchUp();
    expect([this.log.anchor, this.log.unsaid.all]).toEqual([undefined, []]);
  }
}

const face = (one: Message): unknown => [
  one.archive, one.text, one.versions.map((each) => each.text), one.retracted !== undefined,
  Object.entries(one.reactions).map(([emoji, people]) => `${emoji} ${people.map((each) => each.mine).toSorted().join(" ")}`).toSorted(),
];

for (const isRoom of [false, true]) {
  it(`ends as the archive is, whatever is said while it is asked: ${isRoom ? "a room" : "a chat"}`, () => {
    for (let seed = 1; seed <= HISTORIES; seed++) {
      const random = new Random(seed * 7919);
      const sea = new Sea(isRoom, random);
      for (let i = 0; i < STEPS; i++) sea.step();
      sea.calm();
      const plain = new Log(sea.log.conversation, sea.log.kind, { jid: ME, nick: "mira", nameOf: (jid) => jid });
      for (const { archive, parsed } of sea.archive) plain.add(parsed, "newer", archive);
      // A room may have taken something in that lies before what is here: only its archive will tell.
      const shown = sea.log.messages.filter((one) => !isRoom || one.archive).map(face);
      expect(shown, `seed ${seed}`).toEqual(plain.messages.map(face).slice(-shown.length || plain.messages.length));
      expect(shown.length, `seed ${seed}: not empty`).toBeGreaterThan(0);
    }
  }, PATIENCE);
}

// SPDX-License-Identifier: Apache-2.0
// One random history: three devices of one account and a friend talk to each other and in a room, while networks fail, workers
// die and databases get lost. The model knows what was said, changed and taken back; judge.ts compares.
import type { Wish } from "../../src/shared/api.ts";
import type { Refusal } from "../../src/shared/rpc.ts";
import type { Jid, Message } from "../../src/shared/types.ts";
import type { Server } from "../bed/server.ts";
import { Device } from "./device.ts";
import { Random } from "./random.ts";

export const PATIENCE = 60_000; // ms for everything that is awaited
/** What a device without network may answer. */
const EXPECTED = ["offline", "timeout", "not-there", "refused"];

/** What the model knows of a message. */
export interface Said {
  id: string;
  by: Jid;
  conversation: "chat" | "room";
  texts: string[];
  retracted: boolean;
  /** It was still waiting when the database of its device was lost. */
  mayBeLost: boolean;
}

export async function until(what: string | (() => string), test: () => boolean | Promise<boolean>, patience = PATIENCE): Promise<void> {
  const end = Date.now() + patience;
  while (!(await test())) {
    if (Date.now() > end) throw new Error(`never: ${typeof what === "string" ? what : what()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class World {
  readonly mine: Device[];
  readonly friend: Device;
  readonly said = new Map<string, Said>();
  readonly trace: string[] = [];
  room: Jid = "";
  private readonly random: Random;
  private readonly name: string;
  private count = 0;

  constructor(server: Server, seed: number, name: string) {
    this.random = new Random(seed);
    this.name = name;
    const port = Number(new URL(server.url).port);
    const [me, friend] = [`me${name}`, `friend${name}`];
    server.addUser(me);
    server.addUser(friend);
    this.mine = ["a", "b", "c"].map((one) => new Device(one, `${me}@localhost`, port));
    this.friend = new Device("f", `${friend}@localhost`, port);
  }

  get all(): Device[] {
    return [...this.mine, this.friend];
  }

  /** The address of a conversation as this device has it. */
  address(device: Device, which: "chat" | "room"): Jid {
    if (which === "room") return this.room;
    return device === this.friend ? (this.mine[0] as Device).jid : this.friend.jid;
  }

  async begin(): Promise<void> {
    await Promise.all(this.all.map((one) => one.boot()));
    const [a] = this.mine as [Device];
    await a.page.core.addContact(this.friend.jid);
    await this.friend.page.core.addContact(a.jid).catch(() => undefined);
    this.room = await a.page.core.createRoom({ name: `Model ${this.name}`, isPublic: true, topic: "", members: [this.friend.jid] });
    await until("the room is in every list", () => this.all.every((one) => one.page.rows.has(this.room)));
    for (const one of this.all) for (const which of ["chat", "room"] as const) if (this.random.chance(0.7)) await this.show(one, which);
  }

  private note(device: Device, text: string): void {
    this.trace.push(`${device.label}: ${text}`);
    device.note(`== ${text}`);
    if (process.env["LIVE"]) console.log(Date.now() % 1e6, this.trace.at(-1));
  }

  async show(device: Device, which: "chat" | "room"): Promise<void> {
    const jid = this.address(device, which);
    if (device.open.has(jid)) return;
    device.open.add(jid);
    await device.page.core.open(jid);
  }

  // ---- what was wished

  /** What the user wishes of a conversation, last: always from one device, as only then all can tell which wish is the last. */
  readonly wished = new Map<"chat" | "room", Wish>();

  private async wish(which: "chat" | "room"): Promise<void> {
    const device = this.mine[which === "chat" ? 0 : 1] as Device;
    const wish: Wish = this.random.chance(0.5) ? { pinned: this.random.chance(0.5) } : { notify: this.random.of(["never", "all", null] as const) ?? null };
    const done = await this.attempt(device, `wishes ${JSON.stringify(wish)} of the ${which}`, () => device.page.core.arrange(this.address(device, which), wish));
    if (done) this.wished.set(which, { ...this.wished.get(which), ...wish });
    else for (const key of Object.keys(wish)) this.unsure.add(`${which} ${key}`);
  }

  /** Of these nobody knows which was the last: the device lost its database while it waited, or has not answered. */
  readonly unsure = new Set<string>();

  /** Refusals are no faults when the network is away; anything else is. Undefined: nothing was promised. */
  private async attempt<T>(device: Device, what: string, run: () => Promise<T>): Promise<{ value: T } | undefined> {
    this.note(device, what);
    try {
      const done = run();
      done.catch(() => undefined);
      return await Promise.race([done.then((value) => ({ value })), pause(2000).then(() => undefined)]); // nobody waits longer before doing something else
    } catch (why) {
      const { fault, detail } = why as Refusal;
      if (!EXPECTED.includes(fault) || /is not|cannot|undefined/i.test(detail)) throw new Error(`${device.label} ${what}: ${fault} ${detail}`, { cause: why });
      return undefined;
    }
  }

  // ---- what people do

  private async say(device: Device, which: "chat" | "room"): Promise<void> {
    await this.show(device, which);
    const text = `${this.name} ${++this.count} ${which} by ${device.label}`;
    const jid = this.address(device, which);
    const target = this.random.chance(0.2) ? this.random.of(device.page.log(jid)) : undefined;
    const done = await this.attempt(device, `says ${text}`, () => device.page.core.send(jid, { text, mentions: [], files: [], ...(target ? { replyTo: target.key } : {}) }));
    if (done) this.said.set(done.value, { id: done.value, by: device.jid, conversation: which, texts: [text], retracted: false, mayBeLost: false });
  }

  private mineOf(device: Device, which: "chat" | "room"): Message | undefined {
    return this.random.of(device.page.log(this.address(device, which)).filter((one) => one.from.mine && one.id && this.said.has(one.id) && !one.retracted && one.delivery !== "waiting"));
  }

  private async edit(device: Device, which: "chat" | "room"): Promise<void> {
    const target = this.mineOf(device, which);
    const said = this.said.get(target?.id ?? "");
    if (!target || !said) return;
    const text = `${said.texts[0]} edit ${++this.count}`;
    said.texts.push(text);
    const done = await this.attempt(device, `edits ${target.text} to ${text}`, () => device.page.core.edit(this.address(device, which), target.key, text, []));
    if (!done) this.lose(said.id);
  }

  private async retract(device: Device, which: "chat" | "room"): Promise<void> {
    const target = this.mineOf(device, which);
    const said = this.said.get(target?.id ?? "");
    if (!target || !said) return;
    said.retracted = true;
    const done = await this.attempt(device, `retracts ${target.text}`, () => device.page.core.retract(this.address(device, which), target.key));
    if (!done) this.lose(said.id);
  }

  private async react(device: Device, which: "chat" | "room"): Promise<void> {
    const jid = this.address(device, which);
    const target = this.random.of(device.page.log(jid).filter((one) => one.archive && !one.retracted && !one.event));
    if (!target) return;
    const [emoji, on] = [this.random.of(["👍", "🎉", "👀"]) ?? "👍", this.random.chance(0.7)];
    await this.attempt(device, `reacts ${on ? "+" : "-"}${emoji} to ${target.text}`, () => device.page.core.react(jid, target.key, emoji, on));
  }

  private async read(device: Device, which: "chat" | "room"): Promise<void> {
    await this.show(device, which);
    const jid = this.address(device, which);
    const log = device.page.log(jid).filter((one) => one.archive);
    const target = this.random.chance(0.7) ? log.at(-1) : this.random.of(log);
    if (target) await this.attempt(device, `reads up to ${target.text}`, () => device.page.core.displayed(jid, target.key));
  }

  // ---- what happens to them

  private async restart(device: Device, keep: boolean): Promise<void> {
    this.note(device, keep ? "restarts" : "loses its database");
    if (!keep) {
      const waits = (which: "chat" | "room"): Message[] => device.page.log(this.address(device, which)).filter((one) => one.delivery === "waiting");
      for (const one of [...waits("chat"), ...waits("room")]) this.lose(one.id);
      for (const [i, which] of (["chat", "room"] as const).entries()) if (this.mine[i] === device) for (const key of ["pinned", "notify"]) this.unsure.add(`${which} ${key}`);
      if ((device.page.me?.waiting ?? 0) > 0) for (const one of this.said.values()) if (one.by === device.jid) this.lose(one.id);
    }
    await pause(20); // what was called for is on the disk
    await device.kill();
    if (!keep) device.forget();
    const boot = device.boot();
    await (keep ? boot : until(`${device.label} signs in again`, () => boot.then(() => true, async () => (await device.kill(), await device.boot(), true))));
  }

  private lose(id: string | undefined): void {
    const said = this.said.get(id ?? "");
    if (said) said.mayBeLost = true;
  }

  private async trouble(device: Device): Promise<void> {
    const what = this.random.of(["cut", "cut", "offline", "offline", "online", "online", "deaf", "restart", "lost"]);
    if (what === "restart") return this.restart(device, true);
    if (what === "lost") return this.random.chance(0.4) ? this.restart(device, false) : undefined;
    this.note(device, String(what));
    if (what === "cut") device.network.cut();
    else if (what === "offline") device.network.refuse();
    else if (what === "deaf") device.network.deafen();
    else this.heal(device);
  }

  private heal(device: Device): void {
    device.network.open();
    void device.page.core.attention(true).catch(() => undefined);
  }

  async step(): Promise<void> {
    const device = this.random.of(this.random.chance(0.3) ? [this.friend] : this.mine) as Device;
    const which = this.random.chance(0.5) ? "chat" : "room";
    const dice = this.random.below(100);
    if (dice < 40) await this.say(device, which);
    else if (dice < 52) await this.read(device, which);
    else if (dice < 60) await this.react(device, which);
    else if (dice < 67) await this.edit(device, which);
    else if (dice < 71) await this.retract(device, which);
    else if (dice < 75) await this.attempt(device, "marks unread", () => device.page.core.markUnread(this.address(device, which), this.random.chance(0.5)));
    else if (dice < 79) await this.wish(which);
    else if (dice < 96) await this.trouble(device);
    else if (device.open.delete(this.address(device, which))) await device.page.core.close(this.address(device, which));
    await pause(this.random.below(60));
  }

  /** Everybody is there again, sees both conversations, and nothing waits. */
  async calm(): Promise<void> {
    for (const one of this.all) one.network.cut();
    await until(() => `everybody is online and nothing waits: ${this.all.map((one) => JSON.stringify(one.page.me)).join("\n      ")}`, async () => {
      for (const one of this.all) if (one.page.me?.state !== "online") this.heal(one);
      await pause(200);
      return this.all.every((one) => one.page.me?.state === "online" && one.page.me.waiting === 0);
    });
    for (const one of this.all) for (const which of ["chat", "room"] as const) await this.show(one, which);
  }

  async end(): Promise<void> {
    await Promise.all(this.all.map((one) => one.kill().catch(() => undefined)));
  }
}

// SPDX-License-Identifier: Apache-2.0
// The log of one conversation: an unbroken stretch of its archive, from `first` to `last`, and behind it what I have sent and the
// archive has not named yet. Pure: stanzas as facts go in, what changed comes out. Who may say what is judged here: corrections
// and retractions only by the author, moderation only by the room, archive ids only by the archive. reader.ts makes messages of stanzas,
// said.ts does to them what was said about them.
import { lookUp } from "../../shared/lookup.ts";
import type { ConversationKind, Delivery, Fault, Jid, Mention, Message, Sender } from "../../shared/types.ts";
import { resource } from "../xml/el.ts";
import type { Parsed } from "../xml/message.ts";
import { type Orphans, type Remark, keepOrphan, takeOrphans } from "./orphans.ts";
import { type Owner, Reader } from "./reader.ts";
import { isSame, react, replace, retract, unreplace } from "./said.ts";
import { Unsaid, idOf } from "./unsaid.ts";

/** Where a stanza stands: the archive's newer or older end, or just now. */
export type Where = "newer" | "older" | "live";

/** What an archive says. */
export interface Named {
  archive: string;
  parsed: Parsed;
}

/** The end of an archive; `isWhole`: that is all it has. */
export interface End {
  items: readonly Named[];
  first?: string | undefined;
  last?: string | undefined;
  isWhole: boolean;
}

export interface Change {
  upserts: Set<Message>;
  removed: string[];
}

/** Why a message of mine came back. */
const FAULTS: Record<string, Fault> = {
  forbidden: "forbidden", "not-acceptable": "not-member", "policy-violation": "too-fast", "resource-constraint": "busy", "remote-server-not-found": "no-such-address",
  "item-not-found": "no-such-address", "service-unavailable": "no-such-address",
};
const RANK: Record<Delivery, number> = { failed: 0, waiting: 0, sent: 1, delivered: 2, read: 3 };
const PENDING = 2 ** 40; // orders of what the archive has not named begin here
const READERS_MAX = 50; // people that are kept for one message
const NAMESAKES_MAX = 8; // messages of different people with the same id

export class Log {
  readonly conversation: Jid;
  readonly kind: ConversationKind;
  private readonly owner: Owner;
  private readonly reader: Reader;
  private readonly byKey = new Map<string, Message>();
  /** Ids are chosen by senders, so that one may name messages of several people: those of the archive come first. */
  private readonly byRef = new Map<string, string[]>();
  /** Everything of mine up to this message was read by somebody; the archive has named it, so that its place is sure. */
  private readUntil: Message | undefined;
  private low = 0;
  private high = 0;
  private pending = PENDING;
  orphans: Orphans = [];
  readonly unsaid = new Unsaid();
  /** Of mine, by the ids that I have given them, while the log begins anew: the archive may name them. */
  private readonly aside = new Map<string, Message>();
  /** Those that it has not named then: their place may lie before what is here. */
  private readonly adrift = new Set<string>();
  first: string | undefined;
  last: string | undefined;
  atStart = false;

  constructor(conversation: Jid, kind: ConversationKind, owner: Owner) {
    this.conversation = conversation;
    this.kind = kind;
    this.owner = owner;
    this.reader = new Reader(conversation, kind, owner);
  }

  /** In order. */
  get messages(): Message[] {
    return [...this.byKey.values()].toSorted((a, b) => a.order - b.order);
  }
  get(key: string): Message | undefined {
    return this.byKey.get(key);
  }
  /** By any id that names it: of the archive, of the sender; `by`: only what this one has said. */
  find(ref: string, by?: Sender): Message | undefined {
    const all = (this.byRef.get(ref) ?? []).map((key) => this.byKey.get(key)).filter((one) => one !== undefined);
    return by ? all.find((one) => isSame(one.from, by)) : all[0];
  }
  /** What stands last, what waits to be sent included. */
  get end(): Message | undefined {
    let found: Message | undefined;
    for (const one of this.byKey.values()) if (!one.event && (!found || one.order > found.order)) found = one;
    return found;
  }
  get newest(): Message | undefined {
    let found: Message | undefined;
    for (const one of this.byKey.values()) if (one.order < PENDING && one.ref !== "" && (!found || one.order > found.order)) found = one;
    return found;
  }

  /** My nick and occupant id in this room, once it is joined. */
  iAm(nick: string, occupant: string | undefined): void {
    this.owner.nick = nick;
    if (occupant) this.owner.occupant = occupant;
  }

  /** The same person as in another log of this conversation. */
  isAs(other: Log): void {
    Object.assign(this.owner, other.owner);
  }

  /** Puts messages in that were kept. */
  restore(messages: Message[]): void {
    for (const one of messages) {
      delete one.until; // held by a program that is gone
      this.index(one);
      if (one.order >= PENDING) this.pending = Math.max(this.pending, one.order + 1);
      else [this.low, this.high] = [Math.min(this.low, one.order), Math.max(this.high, one.order)];
      if (one.from.mine && one.archive && one.delivery === "read" && one.order > (this.readUntil?.order ?? Number.NEGATIVE_INFINITY)) this.readUntil = one;
    }
  }

  /**
   * Begins anew with what the archive ends with. What I have sent and it has not said stays, and stands behind it. `sure`: ids of what it
   * must have had when it was asked (sure()); what of that it does not say lies further back.
   */
  anew({ items, first, last, isWhole }: End, sure: ReadonlySet<string>): void {
    for (const one of this.messages) if (!one.archive && one.from.mine && (one.order >= PENDING || one.delivery === "failed" || this.isUnsure(one))) this.aside.set(one.id ?? one.key, one);
    for (const one of [this.byKey, this.byRef]) one.clear();
    [this.orphans, this.low, this.high, this.anchor, this.readUntil] = [[], 0, 0, undefined, undefined];
    [this.first, this.last, this.atStart] = [first, last, isWhole];
    for (const { archive, parsed } of items.toReversed()) this.add(parsed, "older", archive);
    this.adrift.clear();
    for (const [id, one] of this.aside) {
      if (!isWhole && one.delivery !== "failed" && sure.has(id)) continue;
      one.order = this.pending++;
      this.index(one);
      if (!isWhole) this.adrift.add(id);
    }
    this.aside.clear();
    for (const id of sure) this.unsaid.drop(id);
    this.repeat("newer", { upserts: new Set(), removed: [] });
    if (this.unsaid.size > 0 || this.messages.some(this.isUnsure)) this.mark();
  }

  /** My server has what I have said with this id. A room says it to all: who has not heard it by then, finds it in its archive. */
  taken(id: string): void {
    if (this.kind === "room") this.unsaid.drop(id);
    else this.unsaid.take(id);
  }

  /** Ids of what I have said and the archive of a chat has by now, although it has not named it here; what a room has taken in is not known. */
  sure(): Set<string> {
    if (this.kind === "room") return new Set();
    const taken = this.messages.filter((one) => this.isUnsure(one) && one.delivery !== "waiting").map((one) => one.id ?? one.key);
    return new Set([...taken, ...this.unsaid.taken]);
  }

  private index(message: Message): void {
    this.byKey.set(message.key, message);
    for (const ref of [message.id, message.ref, message.versionId, ...message.versions.map((one) => one.id)]) this.name(ref, message.key);
    this.name(message.archive, message.key, true);
  }

  private name(ref: string | undefined, key: string, isSure = false): void {
    if (!ref) return;
    const others = (this.byRef.get(ref) ?? []).filter((one) => one !== key && this.byKey.has(one));
    this.byRef.set(ref, (isSure ? [key, ...others] : [...others, key]).slice(0, NAMESAKES_MAX));
  }

  // ---- who

  /** The id of this archive for the message; those of others are nothing to us. */
  archiveOf(parsed: Parsed): string | undefined {
    return parsed.archives.get(this.kind === "room" ? this.conversation : this.owner.jid);
  }

  // ---- taking in

  /** Words in private come from the same addresses as those that all of a room hear, but are not of its log. */
  private belongs(parsed: Parsed): boolean {
    return parsed.isError || (parsed.type === "groupchat") === (this.kind === "room");
  }

  /** archive: its id, when the archive itself has said it (XEP-0313). */
  add(parsed: Parsed, where: Where, archive = this.archiveOf(parsed)): Change {
    const change: Change = { upserts: new Set(), removed: [] };
    if (!this.belongs(parsed)) return change;
    const from = this.reader.senderOf(parsed);
    if (archive && where !== "older") this.last = archive;
    if (archive && (where === "older" || !this.first)) this.first = archive;
    if (parsed.isError) this.fail(parsed, change);
    else if (!this.takeRemark(parsed, from, where, change)) this.say(parsed, from, where, archive, change);
    if (archive && from.mine) this.unsaid.name(idOf(parsed));
    if (from.mine) this.repeat("again", change); // it stands behind that
    return change;
  }

  /** Whether the archive has said what I have sent with this id. */
  isNamed(id: string): boolean {
    const one = this.find(id);
    return this.unsaid.isNamed(id) || (one?.id === id && one.from.mine && one.archive !== undefined);
  }

  /** What I have said last is what is shown until the archive has said it, too. */
  private repeat(where: Where | "again", change: Change): void {
    for (const parsed of this.unsaid.all) this.takeRemark(parsed, this.reader.me(parsed), where, change);
  }

  /** Only what is said of messages that are there: new ones are not taken in. `mine`: said by me, just now or not long ago. */
  addRemark(parsed: Parsed, mine = false): Change {
    const change: Change = { upserts: new Set(), removed: [] };
    if (!this.belongs(parsed) || parsed.isError || (mine && this.isNamed(idOf(parsed)))) return change;
    const isRemark = this.takeRemark(parsed, mine ? this.reader.me(parsed) : this.reader.senderOf(parsed), "live", change);
    if (mine && isRemark) this.unsaid.put(parsed);
    return change;
  }

  private takeRemark(parsed: Parsed, by: Sender, where: Where | "again", change: Change): boolean {
    const id = parsed.origin ?? parsed.id;
    if (parsed.moderated && !parsed.tombstone) this.moderate(parsed, where, change);
    else if (parsed.retracts) this.remark(parsed.retracts, { kind: "retract", by }, where, change);
    else if (parsed.reacts) this.remark(parsed.reacts.ref, { kind: "react", by, emoji: parsed.reacts.emoji, time: parsed.time ?? 0 }, where, change);
    else if (parsed.replaces && (parsed.text !== undefined || parsed.encrypted)) {
      const about = { ...(id ? { id } : {}), ...(parsed.encrypted ? { encrypted: true } : {}), ...(parsed.unstyled ? { unstyled: true } : {}) };
      this.remark(parsed.replaces, { kind: "replace", by, text: parsed.text ?? "", mentions: this.reader.mentionsOf(parsed), time: parsed.time ?? Date.now(), ...about }, where, change);
    } else if (parsed.displayed && !by.mine) this.remark(parsed.displayed, { kind: "seen", by, time: parsed.time ?? Date.now() }, where, change);
    else if (parsed.received && !by.mine) this.remark(parsed.received, { kind: "got", by }, where, change);
    else return parsed.displayed !== undefined || parsed.received !== undefined;
    return true;
  }

  private say(parsed: Parsed, from: Sender, where: Where, archive: string | undefined, change: Change): void {
    const shows = parsed.text || parsed.files.length > 0 || parsed.tombstone || parsed.encrypted || parsed.invite || this.reader.isPin(parsed) || (parsed.subject !== undefined && this.kind === "room" && parsed.text === undefined && parsed.thread === undefined);
    if (!shows) return;
    const known = this.known(parsed, from, archive);
    if (known) {
      this.confirm(known, parsed, where, archive, change);
      return;
    }
    const ref = this.refOf(parsed, archive);
    const message = this.reader.make(parsed, from, ref, archive, parsed.reply && this.find(parsed.reply.ref));
    if (from.mine) this.follow(message, idOf(parsed));
    message.order = where === "older" ? --this.low : ++this.high;
    this.index(message);
    this.name(parsed.origin, message.key);
    change.upserts.add(message);
    if (from.mine && this.readUntil && message.order <= this.readUntil.order) this.raise(message, "read", change);
    this.adopt(message, [ref, parsed.id, parsed.origin, archive], change);
  }

  /** It is one of those that were put aside: pages know it by that key, and how far it has come. */
  private follow(message: Message, id: string): void {
    const before = this.aside.get(id);
    if (!before) return;
    this.aside.delete(id);
    message.key = before.key;
    if (before.delivery === "failed" || RANK[before.delivery ?? "sent"] > RANK.sent) Object.assign(message, { delivery: before.delivery, ...(before.fault ? { fault: before.fault } : {}) });
  }

  /** What was said about it before it was here, or had this name. */
  private adopt(message: Message, names: (string | undefined)[], change: Change): void {
    const ids = names.filter((one) => one !== undefined);
    for (const remark of takeOrphans(this.orphans, ids, (one, ref) => this.mayBe(message, one, ref))) this.apply(message, remark, change);
  }

  private refOf(parsed: Parsed, archive: string | undefined): string {
    const own = parsed.id ?? parsed.origin;
    return (this.kind === "room" ? (archive ?? own) : (own ?? archive)) ?? crypto.randomUUID();
  }

  private known(parsed: Parsed, from: Sender, archive: string | undefined): Message | undefined {
    const byArchive = archive ? this.find(archive) : undefined;
    if (byArchive?.archive === archive && byArchive) return byArchive;
    const id = parsed.origin ?? parsed.id;
    const byId = id ? this.find(id, from) : undefined;
    const isEdit = byId?.versionId === id || byId?.versions.some((one) => one.id === id); // the id of a correction leads to what it corrects
    return byId && !byId.archive && !isEdit ? byId : undefined;
  }

  /** What is there already has been named by the archive: now it has its place. */
  private confirm(message: Message, parsed: Parsed, where: Where | "settled", archive: string | undefined, change: Change): void {
    if (archive && !message.archive) {
      message.archive = archive;
      if (this.kind === "room") message.ref = archive;
      if (where === "older") message.order = --this.low;
      else if (message.order >= PENDING || where === "newer") message.order = ++this.high;
      if (parsed.time !== undefined) message.time = parsed.time;
      message.from = this.reader.senderOf(parsed);
      this.index(message);
      change.upserts.add(message);
      this.adopt(message, [archive], change);
    }
    if (message.from.mine) this.raise(message, "sent", change);
  }

  // ---- about earlier messages

  /** Whether it can be the one that a remark is about: who corrects or takes back, has said it. */
  private mayBe(message: Message, remark: Remark, ref: string): boolean {
    if (remark.kind === "got" || remark.kind === "react" || remark.kind === "seen") return true;
    return remark.kind === "retract" && remark.moderator !== undefined ? message.archive === ref : isSame(message.from, remark.by);
  }

  private remark(ref: string, remark: Remark, where: Where | "again", change: Change): void {
    const all = (this.byRef.get(ref) ?? []).map((key) => this.byKey.get(key));
    const target = all.find((one) => one && this.mayBe(one, remark, ref));
    if (target) this.apply(target, remark, change, where === "older");
    else if (where !== "again") keepOrphan(this.orphans, ref, remark, where === "older");
  }

  /** In rooms the sender of the stanza must be the room itself (XEP-0425, 4). */
  private moderate(parsed: Parsed, where: Where | "again", change: Change): void {
    if (this.kind !== "room" || parsed.from !== this.conversation || !parsed.retracts) return;
    const by: Sender = { jid: this.conversation, name: resource(parsed.moderated?.by ?? "") || "", mine: false };
    const reason = parsed.moderated?.reason;
    this.remark(parsed.retracts, { kind: "retract", by, moderator: by.name, ...(reason ? { reason } : {}) }, where, change);
  }

  private apply(target: Message, remark: Remark, change: Change, older = false): void {
    if (remark.kind === "seen") this.seen(target, remark.by, remark.time, change);
    else if (remark.kind === "got") {
      if (target.from.mine) this.raise(target, "delivered", change);
    } else if (target.retracted) {
      if (remark.kind === "replace") this.lead(target, remark.id, change);
    } else {
      if (remark.kind === "react") react(target, remark.by, remark.emoji, older);
      else if (remark.kind === "replace") {
        replace(target, remark, older);
        this.lead(target, remark.id, change);
      } else retract(target, remark);
      change.upserts.add(target);
    }
  }

  /** The id of a correction leads to what it corrects: who has received it, or read up to it, may have said so before it was here. */
  private lead(target: Message, id: string | undefined, change: Change): void {
    this.name(id, target.key);
    this.adopt(target, [id], change);
  }

  /** Somebody has read up to there; never backwards. */
  private seen(until: Message, by: Sender, time: number, change: Change): void {
    if (until.archive && until.order > (this.readUntil?.order ?? Number.NEGATIVE_INFINITY)) this.readUntil = until;
    // What the archive has not named has no sure place among what it has: reconcile() comes back to it.
    const isBefore = (one: Message): boolean => one.order <= until.order && (one.archive === undefined) === (until.archive === undefined);
    for (const one of this.byKey.values()) if (one.from.mine && isBefore(one) && one.delivery !== "waiting" && one.delivery !== "failed") this.raise(one, "read", change);
    if (until.from.mine) this.raise(until, "read", change);
    if (this.kind !== "room") return;
    const times = until.readAt ?? {};
    if (Object.hasOwn(times, by.name) || Object.keys(times).length < READERS_MAX) {
      until.readAt = { ...times, [by.name]: Math.min(time, times[by.name] ?? time) };
      change.upserts.add(until);
    }
    const before = this.messages.filter((one) => one.readers?.includes(by.name));
    if (before.some((one) => one.order >= until.order)) return;
    for (const one of before) {
      one.readers = one.readers?.filter((name) => name !== by.name) ?? [];
      change.upserts.add(one);
    }
    until.readers = [...(until.readers ?? []), by.name].slice(-READERS_MAX);
    change.upserts.add(until);
  }

  // ---- mine

  /** A message of mine on its way. */
  addOwn(message: Omit<Message, "order">): Message {
    const own: Message = { ...message, order: this.pending++ };
    this.mark();
    this.index(own);
    return own;
  }

  /** One that waits still, but of which nothing else was kept than the stanza; undefined when it is here, or is none. */
  addWaiting(parsed: Parsed, time: number): Message | undefined {
    const { id } = parsed;
    if (!id || parsed.replaces || parsed.retracts || parsed.reacts || parsed.pin?.on === false || this.find(id)) return undefined;
    const from: Sender = { ...this.reader.senderOf(parsed), mine: true };
    return this.addOwn({ ...this.reader.make(parsed, from, id, undefined, parsed.reply && this.find(parsed.reply.ref)), key: id, time, delivery: "waiting" });
  }

  /** A correction of mine that has not left. */
  takeBack(key: string, id: string, mentions: Mention[]): Message | undefined {
    this.unsaid.drop(id);
    const message = this.byKey.get(key);
    if (message) unreplace(message, id, mentions);
    return message;
  }

  private isUnsure = (one: Message): boolean => one.from.mine && !one.archive && (!one.event || one.event.kind === "pinned") && one.delivery !== "failed";

  /** Something of mine goes out: whatever comes meanwhile, its place is behind what the archive has told so far. */
  mark(): void {
    if (this.kind === "chat") this.anchor ??= this.last ?? "";
  }

  /** The server has it: it stands behind everything that has come before. Its exact place is the archive's to say (reconcile). */
  settle(message: Message): void {
    if (message.order >= PENDING) message.order = ++this.high;
  }

  /** Where the archive must be asked from to learn ids and places of what I have said; "" is its beginning, undefined: nothing to ask. */
  anchor: string | undefined;

  /** What the archive has behind the anchor, in its order: what is new comes in, ids are learnt, places exchanged where they differ. `sure`: as of anew(). */
  reconcile(items: readonly Named[], isComplete: boolean, sure: ReadonlySet<string>): Change {
    const change: Change = { upserts: new Set(), removed: [] };
    const found: Message[] = [];
    const seen = items.filter(({ parsed }) => parsed.displayed !== undefined);
    for (const { archive, parsed } of items) {
      this.last = archive;
      if (parsed.displayed !== undefined) continue;
      const known = this.known(parsed, this.reader.senderOf(parsed), archive);
      if (known) this.confirm(known, parsed, "settled", archive, change);
      else for (const one of this.add(parsed, "live", archive).upserts) change.upserts.add(one);
      const message = this.find(archive);
      if (message?.archive === archive) found.push(message);
    }
    const places = found.map((one) => one.order).toSorted((a, b) => a - b);
    found.forEach((one, i) => {
      const place = places[i] ?? one.order;
      if (one.order !== place) change.upserts.add(one);
      one.order = place;
    });
    if (isComplete) this.letGo(sure, change);
    // What the server has taken, and the archive has not said yet, stands behind all that it has said.
    for (const one of this.messages) {
      if (!this.isUnsure(one) || one.order >= PENDING) continue;
      one.order = ++this.high;
      change.upserts.add(one);
    }
    for (const { parsed } of seen) for (const one of this.addRemark(parsed).upserts) change.upserts.add(one);
    this.anchor = isComplete && this.unsaid.size === 0 && ![...this.byKey.values()].some(this.isUnsure) ? undefined : this.last;
    return change;
  }

  /** What the archive must have, and has nowhere behind the begin of what is here, lies before it. */
  private letGo(sure: ReadonlySet<string>, change: Change): void {
    for (const id of sure) {
      this.unsaid.drop(id);
      const one = this.adrift.has(id) ? this.find(id) : undefined;
      if (!one || one.archive || one.delivery === "failed") continue;
      this.byKey.delete(one.key);
      change.removed.push(one.key);
    }
  }

  remove(key: string): boolean {
    return this.byKey.delete(key);
  }

  /** Never backwards; from "failed" only by a retry. */
  raise(message: Message, to: Delivery, change: Change): void {
    const now = message.delivery;
    if (now === to || (now && RANK[to] <= RANK[now] && !(now === "failed" && to === "waiting"))) return;
    message.delivery = to;
    if (to !== "failed") delete message.fault;
    change.upserts.add(message);
  }

  private fail(parsed: Parsed, change: Change): void {
    this.unsaid.drop(parsed.id ?? "");
    const message = parsed.id ? this.find(parsed.id) : undefined;
    if (!message?.from.mine || message.delivery === "read" || message.delivery === "delivered") return;
    message.delivery = "failed";
    message.fault = lookUp(FAULTS, parsed.errorCondition) ?? "refused";
    change.upserts.add(message);
  }

  /** Something happened; the archive does not know of it. */
  addEvent(event: NonNullable<Message["event"]>, who: Sender, time: number): Message {
    const message: Message = {
      key: `event ${crypto.randomUUID()}`, conversation: this.conversation, order: ++this.high, ref: "", from: who, time, text: "", files: [], versions: [], reactions: {}, mentions: [],
      mentionsMe: false, event,
    };
    this.byKey.set(message.key, message);
    return message;
  }
}

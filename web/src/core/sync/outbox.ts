// SPDX-License-Identifier: Apache-2.0
// What I say: kept on the disk before it leaves, sent with an id and words that never change (the server stores it once), and again
// after a lost session until the server has acknowledged it, or it came back from the room.
import { plainEmoji } from "../../shared/emoji.ts";
import type { Draft } from "../../shared/api.ts";
import type { Sending } from "../../shared/files.ts";
import { Refusal } from "../../shared/rpc.ts";
import type { Jid, Mention, Message } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import type { Change } from "../model/log.ts";
import type { OutboxRow } from "../store/db.ts";
import { type El, bare, h } from "../xml/el.ts";
import { fileElement } from "../xml/files.ts";
import { parseMessage } from "../xml/message.ts";
import { pinEl } from "../xml/pins.ts";
import { parseStored } from "../xml/parse.ts";
import { NS } from "../xml/ns.ts";
import { lastOf } from "../model/last.ts";

const HOLD_MAX = 60_000; // ms; what the clock says to be later is not held

const points = (text: string): number => [...text].length;

/** What is known of a message that is answered, even when it is in no log. */
interface Target {
  ref: string;
  text: string;
  files: Message["files"];
  from?: Jid;
}

/** The quoted text that clients without XEP-0461 show, and where it stands (XEP-0428). */
function fallbackOf(target: Target): { text: string; el: El } {
  const text = `${(target.text || target.files[0]?.name || "").split("\n").slice(0, 6).map((line) => `> ${line}`).join("\n")}\n`;
  return { text, el: h("fallback", { xmlns: NS.fallback, for: NS.reply }, h("body", { start: 0, end: points(text) })) };
}

/** Who is called for, and where in the text; `shift`: code points in front of it. */
function mentionEls(text: string, mentions: readonly Mention[], shift: number): El[] {
  return mentions.map((one) => {
    const [begin, end] = [points(text.slice(0, one.begin)) + shift, points(text.slice(0, one.end)) + shift];
    if (one.kind === "person" && one.jid) return h("reference", { xmlns: NS.reference, type: "mention", begin, end, uri: `xmpp:${one.jid}` });
    return h("mention", { xmlns: NS.mentions, begin, end, mentions: `${NS.mentions}#channel` }, one.kind === "here" && h("active"));
  });
}

export const outbox: FeatureMaker = (context): Feature => {
  const { stream, rows, logs, store } = context;
  /** In the order of sending. */
  const waiting = new Map<string, OutboxRow>();
  /** Those that the stream has taken: it says itself what became of them, as long as its session goes on. */
  const taken = new Set<string>();
  /** Corrections that can be taken back, by their keys: of which message, and whom it called for before. */
  const edits = new Map<string, { message: string; mentions: Mention[] }>();
  /** Until when messages are held whose files are under way. */
  const holds = new Map<string, number>();
  let loaded: Promise<void> | undefined;
  store.watch((isFull) => {
    if (!isFull) for (const row of waiting.values()) void store.putOutbox(row); // what had no place before
  });
  let timer: ReturnType<typeof setTimeout> | undefined;

  const load = (): Promise<void> => (loaded ??= store.outbox(context.jid).then((kept) => {
    for (const row of kept) if (!waiting.has(row.key)) waiting.set(row.key, row);
    context.setMe({ waiting: waiting.size });
  }));

  const kindOf = (conversation: Jid): "room" | "chat" => rows.get(conversation)?.kind ?? "chat";

  function put(conversation: Jid, key: string, el: El, target?: Message, until?: number): void {
    const about = target && !target.archive && kindOf(conversation) === "room" ? target.ref : undefined;
    const row: OutboxRow = { account: context.jid, key, conversation, stanza: el.toString(), time: Date.now(), ...(about ? { about } : {}), ...(until ? { until } : {}) };
    waiting.set(key, row);
    context.setMe({ waiting: waiting.size });
    void store.putOutbox(row).then(() => {
      if (!waiting.has(key)) void store.removeOutbox(context.jid, key);
    });
    flush();
  }

  /** Who is not in a room cannot speak there (XEP-0045, 7.4). */
  const maySend = (conversation: Jid): boolean => rows.get(conversation)?.kind !== "room" || rows.get(conversation)?.joined === true;

  /** Key of the newest correction of a message that can still be taken back. */
  const heldEdit = (message: string): string | undefined => [...edits].findLast(([, one]) => one.message === message)?.[0];

  /** It can be taken back unseen no longer. */
  function letGo(row: OutboxRow): void {
    delete row.until;
    const key = edits.get(row.key)?.message ?? row.key;
    edits.delete(row.key);
    const log = logs.get(row.conversation);
    const message = log?.get(key);
    if (!log || message?.until === undefined || heldEdit(key)) return;
    delete message.until;
    logs.changed(log, { upserts: new Set([message]), removed: [] });
  }

  /** Lets go what has been held long enough, and sees to the rest. */
  function watchHeld(): void {
    const now = Date.now();
    let next = Number.POSITIVE_INFINITY;
    for (const row of waiting.values()) {
      const left = (row.until ?? now) - now;
      if (row.until !== undefined && (left <= 0 || left > HOLD_MAX)) letGo(row);
      else if (left > 0) next = Math.min(next, left);
    }
    clearTimeout(timer);
    if (next < Number.POSITIVE_INFINITY) timer = setTimeout(flush, next);
  }

  /** It may be taken back still; or the room may still say which id it has given to what this is about. */
  function mustWait({ conversation, about, until }: OutboxRow): boolean {
    if (until !== undefined) return true;
    const target = about === undefined ? undefined : logs.get(conversation)?.find(about);
    if (target) return !target.archive && target.delivery !== "failed";
    return about !== undefined && logs.get(conversation) !== undefined && !logs.isCurrent(conversation);
  }

  /** With the id that the room has given by now. */
  function stanzaOf({ conversation, about, stanza }: OutboxRow): El {
    const el = parseStored(stanza);
    const archive = about === undefined ? undefined : logs.get(conversation)?.find(about)?.archive;
    if (archive) for (const one of [el.getChild("reactions", NS.reactions), el.getChild("retract", NS.retract), el.getChild("reply", NS.reply)]) if (one) one.attrs.id = archive;
    return el;
  }

  /** Sends what the stream has not taken yet; in a conversation nothing overtakes. */
  function flush(): void {
    watchHeld();
    if (!stream.isOnline) return;
    const absent = new Set<Jid>();
    const held = new Set<Jid>();
    for (const row of waiting.values()) {
      if (taken.has(row.key)) continue;
      if (!maySend(row.conversation)) absent.add(row.conversation);
      else if (held.has(row.conversation) || mustWait(row)) held.add(row.conversation);
      else {
        taken.add(row.key);
        stream.send(stanzaOf(row));
      }
    }
    for (const room of absent) context.raise("onNeeded", room);
  }

  function done(key: string): void {
    taken.delete(key);
    if (!waiting.delete(key)) return;
    context.setMe({ waiting: waiting.size });
    void store.removeOutbox(context.jid, key);
  }

  function stanza(conversation: Jid, id: string, ...inside: (El | false | undefined)[]): El {
    const isRoom = kindOf(conversation) === "room";
    return h("message", { to: conversation, type: isRoom ? "groupchat" : "chat", id }, h("origin-id", { xmlns: NS.sid, id }), ...inside,
      !isRoom && h("request", { xmlns: NS.receipts }), h("markable", { xmlns: NS.markers }), h("active", { xmlns: NS.chatstates }));
  }

  function bodyOf(draft: Pick<Draft, "text" | "mentions" | "files">, target: Target | undefined): { text: string; extra: El[] } {
    const extra: El[] = [];
    let { text } = draft;
    let shift = 0;
    if (target) {
      const fallback = fallbackOf(target);
      extra.push(h("reply", { xmlns: NS.reply, to: target.from, id: target.ref }), fallback.el);
      text = fallback.text + text;
      shift = points(fallback.text);
    }
    extra.push(...mentionEls(draft.text, draft.mentions, shift));
    const [file, second] = draft.files;
    if (file) {
      // Who does not know XEP-0447 sees the links; a link that is the whole text is a file to everybody (XEP-0066).
      const links = draft.files.map((one) => one.url).join("\n");
      const begin = points(text);
      text += text && !text.endsWith("\n") ? `\n${links}` : links;
      extra.push(...draft.files.map(fileElement), h("fallback", { xmlns: NS.fallback, for: NS.sfs }, h("body", { start: begin, end: points(text) })));
      if (text === file.url && !second) extra.push(h("x", { xmlns: NS.oob }, h("url", {}, file.url)));
    }
    return { text, extra };
  }

  /** A message of mine is in the log at once. */
  function show(conversation: Jid, key: string, draft: Draft, target?: Message, sending?: Sending, until?: number): void {
    const log = logs.get(conversation);
    if (!log) throw new Refusal("not-there");
    const message: Omit<Message, "order"> = {
      key, conversation, ref: key, id: key, from: { jid: kindOf(conversation) === "room" ? `${conversation}/${context.me.name}` : context.jid, name: context.me.name, mine: true },
      time: Date.now(), text: draft.text, files: draft.files, versions: [], reactions: {}, mentions: draft.mentions, mentionsMe: false, delivery: "waiting",
      ...(draft.thread ? { thread: draft.thread, root: draft.thread } : {}), ...(draft.alsoToRoom ? { also: true } : {}), ...(target ? { quote: { ref: target.ref, name: target.from.name, text: target.text.slice(0, 300), key: target.key } } : {}),
      ...(sending ? { sending } : {}), ...(until ? { until } : {}),
    };
    const own = log.addOwn(message);
    logs.changed(log, { upserts: new Set([own]), removed: [] });
    rows.need(conversation, kindOf(conversation));
    rows.update(conversation, { last: lastOf(own), time: own.time });
  }

  const untilOf = ({ hold }: { hold?: number | undefined }): number | undefined => (hold ? Date.now() + Math.min(hold, HOLD_MAX) : undefined);

  const words = (conversation: Jid, key: string, { thread, alsoToRoom }: Draft, text: string, extra: El[]): El =>
    stanza(conversation, key, h("body", {}, text), thread ? h("thread", {}, thread) : undefined, thread ? h("in", { xmlns: NS.threads, also: String(alsoToRoom ?? false) }) : undefined, ...extra);

  const leave = (conversation: Jid, key: string, draft: Draft, text: string, extra: El[], target?: Message, until?: number): void =>
    put(conversation, key, words(conversation, key, draft, text, extra), target, until);

  function say(conversation: Jid, draft: Draft, text: string, extra: El[], target?: Message): string {
    const [key, until] = [crypto.randomUUID(), untilOf(draft)];
    show(conversation, key, draft, target, undefined, until);
    leave(conversation, key, draft, text, extra, target, until);
    return key;
  }

  const asTarget = ({ ref, text, files, from }: Message): Target => ({ ref, text, files, from: from.jid });

  /** What a message of mine answers. */
  function quotedBy(conversation: Jid, { quote }: Message): Target | undefined {
    const found = quote?.key ? logs.having(conversation, quote.key)?.message : undefined;
    return found ? asTarget(found) : quote && { ref: quote.ref, text: quote.text, files: [] };
  }

  const targetOf = (conversation: Jid, draft: Draft): Message | undefined => (draft.replyTo ? logs.having(conversation, draft.replyTo)?.message : undefined);

  /** Until when a message waits that was shown with its files; it counts from then, however long they take. */
  function stillHeld(key: string): number | undefined {
    const until = holds.get(key);
    holds.delete(key);
    return until && until > Date.now() ? until : undefined;
  }

  /** It shows that it can be taken back. */
  function holdMessage(conversation: Jid, key: string, until: number): void {
    const log = logs.get(conversation);
    const message = log?.get(key);
    if (!log || !message) return;
    message.until = until;
    logs.changed(log, { upserts: new Set([message]), removed: [] });
  }

  /** Its files have come where they can be fetched. */
  function uploaded(conversation: Jid, key: string, draft: Draft): void {
    const target = targetOf(conversation, draft);
    const { text, extra } = bodyOf(draft, target && asTarget(target));
    const until = stillHeld(key);
    if (until) holdMessage(conversation, key, until);
    leave(conversation, key, draft, text, extra, target, until);
  }

  function send(conversation: Jid, draft: Draft): string {
    const target = targetOf(conversation, draft);
    const { text, extra } = bodyOf(draft, target && asTarget(target));
    return say(conversation, draft, text, extra, target);
  }

  async function schedule(conversation: Jid, draft: Draft, at: number): Promise<void> {
    const target = targetOf(conversation, draft);
    const { text, extra } = bodyOf(draft, target && asTarget(target));
    const el = words(conversation, crypto.randomUUID(), draft, text, extra);
    el.attrs.xmlns = NS.client;
    const nick = kindOf(conversation) === "room" ? context.me.name : undefined;
    await stream.request(h("iq", { type: "set" }, h("send", { xmlns: NS.scheduled, at: new Date(at).toISOString(), nick }, el)));
  }

  /** XEP-0297: the message itself, and for everybody else its words as a quote. */
  async function forward(conversation: Jid, key: string, to: Jid): Promise<void> {
    const found = logs.having(conversation, key);
    if (!found || found.message.retracted) throw new Refusal("not-there");
    await logs.load(to, kindOf(to));
    const { message, log } = found;
    const words = message.text || message.files.map((one) => one.url).join("\n");
    const text = `${message.from.name}:\n${words.split("\n").map((line) => `> ${line}`).join("\n")}`;
    const original = h("message", { xmlns: NS.client, from: message.from.jid, type: log.kind === "room" ? "groupchat" : "chat", id: message.id }, h("body", {}, words));
    const copy = h("forwarded", { xmlns: NS.forward }, h("delay", { xmlns: NS.delay, stamp: new Date(message.time).toISOString() }), original);
    say(to, { text, mentions: [], files: [] }, text, [copy]);
  }

  function raise(conversation: Jid, key: string, delivery: "sent" | "waiting"): void {
    const log = logs.get(conversation);
    const message = log?.get(key) ?? log?.find(key);
    if (delivery === "sent" && log?.kind === "chat") context.raise("onSettled", conversation);
    if (delivery === "sent") log?.taken(key);
    if (!log || !message) return;
    const change: Change = { upserts: new Set(), removed: [] };
    log.raise(message, delivery, change);
    if (delivery === "sent" && log.kind === "chat") log.settle(message);
    logs.changed(log, change);
    const last = rows.get(conversation)?.last;
    if (last?.mine && !message.event && log.messages.at(-1) === message) rows.update(conversation, { last: { ...last, delivery: message.delivery ?? delivery } });
  }

  /** About an earlier message: the same way out as messages. It shows at once; what comes back of it changes nothing then. */
  function about(conversation: Jid, key: string, make: (target: Message) => (El | false | undefined)[], until?: number): string {
    const found = logs.having(conversation, key);
    if (!found) throw new Refusal("not-there");
    const id = crypto.randomUUID();
    const el = stanza(conversation, id, ...make(found.message));
    logs.get(conversation)?.mark();
    put(conversation, id, el, found.message, until);
    const said = { ...parseMessage(el), from: found.log.kind === "room" ? `${conversation}/${context.me.name}` : context.jid, time: Date.now() };
    for (const log of logs.all(conversation)) logs.changed(log, log.addRemark(said, true));
    return id;
  }

  function edit(conversation: Jid, key: string, text: string, mentions: Mention[], hold?: number): void {
    const [until, before] = [untilOf({ hold }), logs.having(conversation, key)?.message.mentions ?? []];
    // Other clients show the correction instead of all that was there (XEP-0308, 3): it answers and shares what the first one did.
    const id = about(conversation, key, (one) => {
      const { text: whole, extra } = bodyOf({ text, mentions, files: one.files }, quotedBy(conversation, one));
      return [h("body", {}, whole), h("replace", { xmlns: NS.correct, id: one.id ?? one.key }), ...extra];
    }, until);
    if (!until) return;
    edits.set(id, { message: key, mentions: before });
    holdMessage(conversation, key, until);
  }

  /** What waits still shows, whatever the archive knows of before. What the archive has need not be sent again. */
  function showWaiting(conversation: Jid): void {
    const log = logs.get(conversation);
    if (!log) return;
    for (const row of [...waiting.values()].filter((one) => one.conversation === conversation)) {
      if (log.isNamed(row.key)) {
        done(row.key);
        continue;
      }
      log.mark();
      const parsed = { ...parseMessage(parseStored(row.stanza)), from: log.kind === "room" ? `${conversation}/${context.me.name}` : context.jid, time: row.time };
      const message = log.addWaiting(parsed, row.time);
      logs.changed(log, message ? { upserts: new Set([message]), removed: [] } : log.addRemark(parsed, true));
    }
  }

  const fallbackAll = (ns: string, text: string): El[] => [h("fallback", { xmlns: NS.fallback, for: ns }), h("body", {}, text), h("store", { xmlns: NS.hints })];

  function react(conversation: Jid, key: string, emoji: string, on: boolean): void {
    about(conversation, key, (one) => {
      // As I have written them before, whatever the others write.
      const before = Object.entries(one.reactions).flatMap(([each, people]) => people.filter((person) => person.mine).map((person) => person.as ?? each));
      const mine = before.filter((each) => plainEmoji(each) !== plainEmoji(emoji));
      if (on) mine.push(emoji);
      return [h("reactions", { xmlns: NS.reactions, id: one.ref }, mine.map((each) => h("reaction", {}, each))), h("store", { xmlns: NS.hints })];
    });
  }

  /** It stands in the log at once, as something that has happened. */
  function pin(conversation: Jid, ref: string, time: number, on: boolean): void {
    const id = crypto.randomUUID();
    const el = h("message", { to: conversation, type: "chat", id }, h("origin-id", { xmlns: NS.sid, id }), pinEl(ref, time, on),
      on ? fallbackAll(NS.pins, "/me pinned a message.") : h("store", { xmlns: NS.hints }));
    const log = logs.get(conversation);
    log?.mark();
    put(conversation, id, el);
    const shown = log?.addWaiting({ ...parseMessage(el), from: context.jid }, Date.now());
    if (log && shown) logs.changed(log, { upserts: new Set([shown]), removed: [] });
  }

  /** Out of the log, and the list shows what stood before it. */
  function drop(conversation: Jid, key: string): void {
    const log = logs.get(conversation);
    if (!log || log.get(key)?.archive !== undefined || !log.remove(key)) return;
    logs.changed(log, { upserts: new Set(), removed: [key] });
    const { end } = log;
    if (end && rows.get(conversation)?.last?.mine) rows.update(conversation, { last: lastOf(end), time: end.time });
  }

  /** A correction that has not left is as if it had never been. */
  function unedit(conversation: Jid, key: string, id: string): boolean {
    const edit = edits.get(id);
    const row = waiting.get(id);
    if (!edit || row?.until === undefined || taken.has(id)) return false;
    done(id);
    edits.delete(id);
    const until = waiting.get(heldEdit(key) ?? key)?.until;
    for (const log of logs.all(conversation)) {
      const message = log.takeBack(key, id, edit.mentions);
      if (!message) continue;
      if (until) message.until = until;
      else delete message.until;
      logs.changed(log, { upserts: new Set([message]), removed: [] });
    }
    flush();
    return true;
  }

  function unsend(conversation: Jid, key: string): "message" | "edit" | undefined {
    const held = heldEdit(key);
    if (held) return unedit(conversation, key, held) ? "edit" : undefined;
    const row = waiting.get(key);
    if (row?.until === undefined || taken.has(key)) return undefined;
    done(key);
    drop(conversation, key);
    flush(); // what has waited behind it
    return "message";
  }

  return {
    async onOnline(resumed) {
      if (!resumed) taken.clear();
      await load();
      flush();
    },
    onLost: (el) => void taken.delete(el.attrs.id ?? ""),
    onJoined: (_room, joined) => {
      if (joined) flush();
    },
    onAcked(el) {
      const id = el.attrs.id ?? "";
      const row = waiting.get(id);
      if (!row) return;
      done(id);
      raise(row.conversation, id, "sent");
    },
    onMessage(parsed) {
      const id = parsed.origin ?? parsed.id ?? "";
      const row = waiting.get(id);
      if (row && row.conversation === bare(parsed.from) && (parsed.type === "groupchat" || parsed.isError)) {
        done(id);
        const last = rows.get(row.conversation)?.last;
        if (last?.mine) rows.update(row.conversation, { last: { ...last, delivery: parsed.isError ? "failed" : "sent" } });
      }
      if (parsed.type === "groupchat" && [...waiting.values()].some((one) => one.about === id)) flush();
    },
    onShare(conversation, key, draft, sending) {
      const until = untilOf(draft);
      if (until) holds.set(key, until);
      show(conversation, key, draft, targetOf(conversation, draft), sending);
    },
    onUploaded: (conversation, key, draft) => void load().then(() => uploaded(conversation, key, draft)),
    onPin: pin,
    onOpen: (conversation) => void load().then(() => showWaiting(conversation)),
    onFilled(conversation) {
      showWaiting(conversation);
      flush();
    },
    methods: {
      send,
      schedule,
      unsend,
      release() {
        for (const row of waiting.values()) if (row.until !== undefined) letGo(row);
        flush();
      },
      retry(conversation, key) {
        const row = waiting.get(key);
        const message = logs.get(conversation)?.get(key);
        if (!message || message.delivery !== "failed") return;
        if (message.sending) {
          context.raise("onRetry", conversation, key);
          return;
        }
        raise(conversation, key, "waiting");
        if (row) put(conversation, key, parseStored(row.stanza));
        else uploaded(conversation, key, { text: message.text, mentions: message.mentions, files: message.files, ...(message.thread ? { thread: message.thread } : {}), ...(message.also ? { alsoToRoom: true } : {}), ...(message.quote?.key ? { replyTo: message.quote.key } : {}) });
      },
      discard(conversation, key) {
        done(key);
        holds.delete(key);
        context.raise("onDiscard", conversation, key);
        drop(conversation, key);
      },
      edit,
      retract(conversation, key) {
        about(conversation, key, (one) => [h("retract", { xmlns: NS.retract, id: one.ref }), ...fallbackAll(NS.retract, "/me took back a message, which this client cannot show.")]);
      },
      react,
      forward,
    },
  };
};

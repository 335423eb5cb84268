// SPDX-License-Identifier: Apache-2.0
// What I say: kept on the disk before it leaves, sent with an id that never changes (the server stores it once), and again after
// a lost session until the server has acknowledged it (rooms: until it came back).
import type { Draft } from "../../shared/api.ts";
import { Refusal } from "../../shared/rpc.ts";
import type { Jid, Message } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import type { Change } from "../model/log.ts";
import type { OutboxRow } from "../store/db.ts";
import { type El, bare, h } from "../xml/el.ts";
import { fileElement } from "../xml/files.ts";
import { parseStored } from "../xml/parse.ts";
import { NS } from "../xml/ns.ts";
import { lastOf } from "../model/last.ts";

const points = (text: string): number => [...text].length;

/** The quoted text that clients without XEP-0461 show, and where it stands (XEP-0428). */
function fallbackOf(target: Message): { text: string; el: El } {
  const text = `${(target.text || target.files[0]?.name || "").split("\n").slice(0, 6).map((line) => `> ${line}`).join("\n")}\n`;
  return { text, el: h("fallback", { xmlns: NS.fallback, for: NS.reply }, h("body", { start: 0, end: points(text) })) };
}

export const outbox: FeatureMaker = (context): Feature => {
  const { stream, rows, logs, store } = context;
  /** In the order of sending. */
  const waiting = new Map<string, OutboxRow>();
  let loaded: Promise<void> | undefined;

  const load = (): Promise<void> => (loaded ??= store.outbox(context.jid).then((kept) => {
    for (const row of kept) if (!waiting.has(row.key)) waiting.set(row.key, row);
    context.setMe({ waiting: waiting.size });
  }));

  const kindOf = (conversation: Jid): "room" | "chat" => rows.get(conversation)?.kind ?? "chat";

  function put(conversation: Jid, key: string, el: El): void {
    const row: OutboxRow = { account: context.jid, key, conversation, stanza: el.toString(), time: Date.now() };
    waiting.set(key, row);
    context.setMe({ waiting: waiting.size });
    void store.putOutbox(row).then(() => {
      if (!waiting.has(key)) void store.removeOutbox(context.jid, key);
    });
    if (maySend(conversation)) stream.send(el);
  }

  const maySend = (conversation: Jid): boolean => stream.isOnline && (kindOf(conversation) === "chat" || rows.get(conversation)?.joined === true || rows.get(conversation)?.affiliation !== undefined);

  function done(key: string): void {
    if (!waiting.delete(key)) return;
    context.setMe({ waiting: waiting.size });
    void store.removeOutbox(context.jid, key);
  }

  function stanza(conversation: Jid, id: string, ...inside: (El | false | undefined)[]): El {
    const isRoom = kindOf(conversation) === "room";
    return h("message", { to: conversation, type: isRoom ? "groupchat" : "chat", id }, h("origin-id", { xmlns: NS.sid, id }), ...inside,
      !isRoom && h("request", { xmlns: NS.receipts }), h("markable", { xmlns: NS.markers }), h("active", { xmlns: NS.chatstates }));
  }

  function bodyOf(draft: Draft, target: Message | undefined): { text: string; extra: El[] } {
    const extra: El[] = [];
    let { text } = draft;
    let shift = 0;
    if (target) {
      const fallback = fallbackOf(target);
      extra.push(h("reply", { xmlns: NS.reply, to: target.from.jid, id: target.ref }), fallback.el);
      text = fallback.text + text;
      shift = points(fallback.text);
    }
    for (const one of draft.mentions) {
      const [begin, end] = [points(draft.text.slice(0, one.begin)) + shift, points(draft.text.slice(0, one.end)) + shift];
      if (one.kind === "person" && one.jid) extra.push(h("reference", { xmlns: NS.reference, type: "mention", begin, end, uri: `xmpp:${one.jid}` }));
      else extra.push(h("mention", { xmlns: NS.mentions, begin, end, mentions: `${NS.mentions}#channel` }));
    }
    const file = draft.files[0];
    if (file) {
      extra.push(...draft.files.map(fileElement), h("x", { xmlns: NS.oob }, h("url", {}, file.url)));
      if (!draft.text) text += file.url;
    }
    return { text, extra };
  }

  function send(conversation: Jid, draft: Draft): string {
    const id = crypto.randomUUID();
    const log = logs.get(conversation);
    if (!log) throw new Refusal("not-there");
    const target = draft.replyTo ? log.get(draft.replyTo) : undefined;
    const { text, extra } = bodyOf(draft, target);
    const message: Omit<Message, "order"> = {
      key: id, conversation, ref: id, id, from: { jid: kindOf(conversation) === "room" ? `${conversation}/${context.me.name}` : context.jid, name: context.me.name, mine: true },
      time: Date.now(), text: draft.text, files: draft.files, versions: [], reactions: {}, mentions: draft.mentions, mentionsMe: false, delivery: "waiting",
      ...(draft.thread ? { thread: draft.thread } : {}), ...(target ? { quote: { ref: target.ref, name: target.from.name, text: target.text.slice(0, 300), key: target.key } } : {}),
    };
    const own = log.addOwn(message);
    logs.changed(log, { upserts: new Set([own]), removed: [] });
    rows.update(conversation, { last: lastOf(own), time: own.time });
    put(conversation, id, stanza(conversation, id, h("body", {}, text), draft.thread ? h("thread", {}, draft.thread) : undefined, ...extra));
    return id;
  }

  function raise(conversation: Jid, key: string, delivery: "sent" | "waiting"): void {
    const log = logs.get(conversation);
    const message = log?.get(key) ?? log?.find(key);
    if (!log || !message) return;
    const change: Change = { upserts: new Set(), removed: [] };
    log.raise(message, delivery, change);
    if (delivery === "sent" && log.kind === "chat") {
      log.settle(message);
      context.raise("onSettled", conversation);
    }
    logs.changed(log, change);
    const last = rows.get(conversation)?.last;
    if (last?.mine && log.messages.at(-1) === message) rows.update(conversation, { last: { ...last, delivery: message.delivery ?? delivery } });
  }

  /** About an earlier message: the same way out as messages. */
  function about(conversation: Jid, key: string, make: (target: Message) => (El | false | undefined)[]): void {
    const target = logs.get(conversation)?.get(key);
    if (!target) throw new Refusal("not-there");
    const id = crypto.randomUUID();
    put(conversation, id, stanza(conversation, id, ...make(target)));
  }

  const fallbackAll = (ns: string, text: string): El[] => [h("fallback", { xmlns: NS.fallback, for: ns }), h("body", {}, text), h("store", { xmlns: NS.hints })];

  /** What is said about a message shows at once; in rooms it comes back and changes nothing then. */
  function shown(conversation: Jid, key: string, change: (target: Message) => void): void {
    const log = logs.get(conversation);
    const target = log?.get(key);
    if (!log || !target) return;
    change(target);
    logs.changed(log, { upserts: new Set([target]), removed: [] });
  }

  function react(conversation: Jid, key: string, emoji: string, on: boolean): void {
    const target = logs.get(conversation)?.get(key);
    const mine = new Set(Object.entries(target?.reactions ?? {}).filter(([, people]) => people.some((one) => one.mine)).map(([one]) => one));
    if (on) mine.add(emoji);
    else mine.delete(emoji);
    about(conversation, key, (one) => [h("reactions", { xmlns: NS.reactions, id: one.ref }, [...mine].map((each) => h("reaction", {}, each))), h("store", { xmlns: NS.hints })]);
    shown(conversation, key, (one) => {
      const rest = Object.entries(one.reactions).map(([each, people]) => [each, people.filter((person) => !person.mine)] as const);
      const next = Object.fromEntries(rest.filter(([each, people]) => people.length > 0 || mine.has(each)));
      for (const each of mine) next[each] = [...(next[each] ?? []), { jid: context.jid, name: context.me.name, mine: true }];
      one.reactions = next;
    });
  }

  return {
    async onOnline(resumed) {
      await load();
      if (!resumed) for (const row of waiting.values()) if (maySend(row.conversation)) stream.send(parseStored(row.stanza));
    },
    onJoined(room, joined) {
      if (joined) for (const row of waiting.values()) if (row.conversation === room && kindOf(room) === "room" && rows.get(room)?.affiliation === undefined) stream.send(parseStored(row.stanza));
    },
    onAcked(el) {
      const id = el.attrs.id ?? "";
      const row = waiting.get(id);
      if (!row || el.attrs.type === "groupchat") return;
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
      if (parsed.received) {
        const log = logs.get(bare(parsed.from));
        const message = log?.find(parsed.received);
        const change: Change = { upserts: new Set(), removed: [] };
        if (log && message?.from.mine) log.raise(message, "delivered", change);
        if (log) logs.changed(log, change);
      }
    },
    onOpen: () => void load(),
    methods: {
      send,
      retry(conversation, key) {
        const row = waiting.get(key);
        const message = logs.get(conversation)?.get(key);
        if (!message || message.delivery !== "failed") return;
        raise(conversation, key, "waiting");
        const el = row ? parseStored(row.stanza) : stanza(conversation, key, h("body", {}, message.text), ...message.files.map(fileElement));
        put(conversation, key, el);
      },
      discard(conversation, key) {
        const log = logs.get(conversation);
        done(key);
        if (log?.get(key)?.archive === undefined && log?.remove(key)) logs.changed(log, { upserts: new Set(), removed: [key] });
      },
      edit(conversation, key, text, _mentions) {
        about(conversation, key, (one) => [h("body", {}, text), h("replace", { xmlns: NS.correct, id: one.id ?? one.key })]);
        if (kindOf(conversation) === "chat") {
          shown(conversation, key, (one) => {
            one.versions.push({ time: one.edited ?? one.time, text: one.text });
            Object.assign(one, { text, edited: Date.now() });
          });
        }
      },
      retract(conversation, key) {
        about(conversation, key, (one) => [h("retract", { xmlns: NS.retract, id: one.ref }), ...fallbackAll(NS.retract, "/me took back a message, which this client cannot show.")]);
        if (kindOf(conversation) === "chat") shown(conversation, key, (one) => Object.assign(one, { text: "", files: [], reactions: {}, versions: [], retracted: { by: context.me.name, mine: true } }));
      },
      react,
    },
  };
};

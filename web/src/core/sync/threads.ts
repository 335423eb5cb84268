// SPDX-License-Identifier: Apache-2.0
// Threads: what is followed and how far it was read (private node urn:parley:threads:0), what was said in one, and messages that are
// kept for later (urn:parley:later-list:0). docs/answers.md. What is read never goes back.
import type { Refusal } from "../../shared/rpc.ts";
import type { Kept, Thread } from "../../shared/threads.ts";
import type { Jid, Message } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, bare, h, number, textOf } from "../xml/el.ts";
import { parseStored } from "../xml/parse.ts";
import { publishPrivate, retractItem } from "../xml/pubsub.ts";
import { NS } from "../xml/ns.ts";

const TITLE_MAX = 200; // UTF-16 units
const ASKED_MAX = 60; // threads whose counts are asked for at once
const AT_START = 20; // the same, at every new session
const PAGE = 100;
const PAGES = 5; // of answers that are shown of one thread
const SKEW = 5000; // ms: the clock of this device is not that of the archive
const NODES = [NS.threads, NS.later] as const;

export const threads: FeatureMaker = (context): Feature => {
  const { archive, rows, stream, logs, choices } = context;
  const followed = new Map<string, Thread>();
  const kept = new Map<string, Kept>();
  /** The nodes, once a session. */
  let fetched: Promise<unknown> = Promise.resolve();
  const idOf = (conversation: Jid, name: string): string => `${conversation} ${name}`;

  const tell = (): void => {
    context.tell("followed", [...followed.values()]);
    context.tell("kept", [...kept.values()].toSorted((a, b) => b.time - a.time));
  };

  /** Without a payload the item goes; shown when it is kept. */
  const put = (node: string, id: string, payload?: El): Promise<void> => choices.put(node, id, payload?.toString() ?? "").then(tell);

  const publish = ({ conversation, root, seen, title }: Thread): Promise<void> =>
    put(NS.threads, idOf(conversation, root), h("thread", { xmlns: NS.threads, conversation, root, seen }, h("title", {}, title)));

  function take(node: string, items: El): void {
    for (const item of items.getChildren("item")) {
      const el = item.getChildElements()[0];
      const conversation = el?.attrs.conversation;
      if (!el || !conversation || !item.attrs.id) continue;
      if (node === NS.threads && el.attrs.root) {
        const known = followed.get(item.attrs.id);
        followed.set(item.attrs.id, {
          conversation, root: el.attrs.root, title: (textOf(el, "title") ?? "").slice(0, TITLE_MAX), seen: Math.max(known?.seen ?? 0, number(el.attrs.seen) ?? 0), unread: known?.unread ?? 0,
        });
      }
      if (node === NS.later && el.attrs.archive) kept.set(item.attrs.id, { conversation, archive: el.attrs.archive, line: (textOf(el, "line") ?? "").slice(0, TITLE_MAX), time: number(el.attrs.at) ?? 0 });
    }
    for (const item of items.getChildren("retract")) (node === NS.threads ? followed : kept).delete(item.attrs.id ?? "");
    tell();
  }

  /** What was chosen here, and is not there yet, holds. */
  function takeChosen(node: string): void {
    const chosen = choices.all<string>(node);
    if (chosen.length > 0) take(node, h("items", { node }, ...chosen.map(([id, payload]) => (payload ? h("item", { id }, parseStored(payload)) : h("retract", { id })))));
  }

  async function fetch(node: string): Promise<void> {
    const answer = await stream.request(h("iq", { type: "get" }, h("pubsub", { xmlns: NS.pubsub }, h("items", { node }))));
    const items = answer.getChild("pubsub", NS.pubsub)?.getChild("items");
    if (items) take(node, items);
    takeChosen(node);
  }

  for (const node of NODES) {
    choices.serve<string>(node, (id, payload) => stream.request(payload ? publishPrivate(node, id, parseStored(payload)) : retractItem(node, id)).catch((why: Refusal) => {
      if (payload || why.fault !== "not-there") throw why; // it was not there
    }), (id) => {
      (node === NS.threads ? followed : kept).delete(id);
      tell();
      void fetch(node).catch(() => undefined);
    });
  }

  const isRoom = (conversation: Jid): boolean => rows.get(conversation)?.kind === "room";
  const words = (root: string): string => `thread:"${root.replace(/"/g, "")}"`;

  const answersTo = (conversation: Jid, root: string) => ({ conversation, isRoom: isRoom(conversation), fields: { [`{${NS.fulltext}}fulltext`]: words(root) } });

  async function threadMessages(conversation: Jid, root: string): Promise<Message[]> {
    const [answers, first] = await Promise.all([
      archive.all({ ...answersTo(conversation, root), max: PAGE }, PAGES),
      isRoom(conversation) ? archive.ask({ conversation, isRoom: true, ids: [root], max: 1 }).catch(() => undefined) : undefined, // forgotten, or the name of a thread of another client
    ]);
    const log = logs.apart(conversation, isRoom(conversation) ? "room" : "chat");
    for (const { id, parsed } of [...(first?.items ?? []), ...answers]) log.add(parsed, "newer", id);
    return log.messages;
  }

  async function follow(conversation: Jid, root: string, on: boolean, title = "", seen = Date.now()): Promise<void> {
    const id = idOf(conversation, root);
    if (!on) {
      followed.delete(id);
      await put(NS.threads, id);
    } else if (!followed.has(id)) {
      const thread: Thread = { conversation, root, title: title.slice(0, TITLE_MAX), seen, unread: 0 };
      followed.set(id, thread);
      await publish(thread);
    }
  }

  /** All, with exact counts of those that were read last. */
  async function counted(most: number): Promise<Thread[]> {
    await fetched;
    const all = [...followed.values()].toSorted((a, b) => b.seen - a.seen);
    await Promise.all(all.slice(0, most).map(async (thread) => {
      const { count } = await archive.ask({ ...answersTo(thread.conversation, thread.root), start: thread.seen + 1, max: 0 }).catch(() => ({ count: thread.unread }));
      thread.unread = count;
    }));
    tell();
    return all;
  }

  return {
    features: NODES.map((node) => `${node}+notify`),
    onListen: tell,
    onOnline(resumed) {
      if (resumed) return;
      fetched = Promise.all(NODES.map((node) => fetch(node).catch(() => undefined))); // no node yet
      void counted(AT_START);
    },
    onEvent(from, node, items) {
      if (from !== context.jid || !(NODES as readonly string[]).includes(node)) return;
      take(node, items);
      takeChosen(node);
    },
    /** A thread is followed when I began it, am called in it, or have answered from another device. */
    onMessage(parsed, _el, sent) {
      if (!parsed.thread || !parsed.answers) return;
      const conversation = bare(sent ? parsed.to : parsed.from);
      const log = logs.get(conversation);
      const [root, message] = [log?.find(parsed.thread), parsed.id ? log?.find(parsed.id) : undefined];
      const known = followed.get(idOf(conversation, parsed.thread));
      if (known && message && !message.from.mine && message.time > known.seen) {
        known.unread++;
        tell();
      } else if (!known && (sent || root?.from.mine || message?.mentionsMe || message?.from.mine)) {
        // What has made it follow is the first that is new.
        const mine = sent || message?.from.mine === true;
        void follow(conversation, parsed.thread, true, root?.text ?? parsed.text ?? "", mine ? Date.now() : root?.from.mine ? root.time : (message?.time ?? Date.now()) - SKEW);
        const made = followed.get(idOf(conversation, parsed.thread));
        if (made && !mine) {
          made.unread = 1;
          tell();
        }
      }
    },
    methods: {
      threadMessages,
      follow,
      async threadSeen(conversation, root, time) {
        const thread = followed.get(idOf(conversation, root));
        if (!thread || (time <= thread.seen && thread.unread === 0)) return;
        thread.seen = Math.max(thread.seen, time);
        thread.unread = 0;
        await publish(thread);
      },
      threads: () => counted(ASKED_MAX),
      async later(conversation, archive, on, line = "") {
        const [id, text, at] = [idOf(conversation, archive), line.slice(0, TITLE_MAX), Date.now()];
        if (on) kept.set(id, { conversation, archive, line: text, time: at });
        else kept.delete(id);
        await put(NS.later, id, on ? h("keep", { xmlns: NS.later, conversation, archive, at }, h("line", {}, text)) : undefined);
      },
    },
  };
};

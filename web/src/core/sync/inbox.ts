// SPDX-License-Identifier: Apache-2.0
// The list comes from the server's inbox (XEP-0430 with urn:parley:inbox:0): last message and exact counts, and news of them
// without asking. Nothing is counted here, so that all devices show the same.
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, bare, h, number, resource } from "../xml/el.ts";
import { page } from "../xml/form.ts";
import { type Parsed, parseForwarded } from "../xml/message.ts";
import { NS } from "../xml/ns.ts";
import { ARRANGED, merged, readWishes, rowWishes } from "../xml/wishes.ts";
import { lastOf } from "../model/last.ts";
import { Refusal } from "../../shared/rpc.ts";
import type { Conversation, Jid } from "../../shared/types.ts";

const FIRST_PAGE = 60;
const NEXT_PAGE = 500;
const UNKNOWN = new Set(["service-unavailable", "feature-not-implemented"]);
const BELONGS = new Set(["owner", "admin", "member"]);

type Last = NonNullable<Conversation["last"]>;

/** The second line of a row. */
export const lastLine = (parsed: Parsed, mine: boolean, name: string): Last =>
  lastOf({
    from: { jid: "", name, mine }, text: parsed.text ?? "", files: parsed.files, ...(mine ? { delivery: "sent" as const } : {}), ...(parsed.encrypted ? { encrypted: true } : {}),
    ...(parsed.tombstone ? { retracted: { by: "", mine } } : {}),
  });

export const inbox: FeatureMaker = (context): Feature => {
  const { rows, stream } = context;
  let listed = new Set<Jid>();

  function takeEntry(el: El): void {
    const entry = el.getChild("entry", NS.inbox);
    const more = el.getChild("conversation", NS.inboxMore);
    const jid = more?.attrs.jid ?? entry?.attrs.jid;
    if (!jid) return;
    if (more?.attrs.gone === "true") {
      // A guest is in the room without belonging to it: the row stays as long as the room is shown.
      if (!rows.get(jid)?.joined || !context.logs.isOpen(jid)) rows.remove(jid);
      return;
    }
    const kind = more?.attrs.type === "groupchat" ? "room" : "chat";
    const row = rows.need(jid, kind);
    listed.add(jid);
    const affiliation = more?.attrs.affiliation as Conversation["affiliation"];
    if (affiliation && BELONGS.has(affiliation)) context.raise("onBelonging", jid);
    rows.update(jid, { ...rowWishes(merged(readWishes(more), context.choices.get(ARRANGED, jid))), ...(affiliation ? { affiliation } : {}), ...(more?.attrs.name && !row.titled ? { name: more.attrs.name } : {}) });
    const [displayed, marked, unread, mentions] = [more?.attrs.displayed, more?.attrs.marked === "true", number(entry?.attrs.unread) ?? row.unread, number(more?.attrs.mentions) ?? 0];
    context.marks.hear(jid, displayed, () => rows.update(jid, { unread, mentions, marked, ...(more ? { displayed } : {}) }));
    const said = parseForwarded(el.getChild("result", NS.mam));
    if (said) takeLast(jid, kind, said);
  }

  /** A log that has everything knows better: the end of it may have been corrected, or wait to be sent. */
  function takeLast(jid: Jid, kind: Conversation["kind"], parsed: Parsed): void {
    if (context.logs.isCurrent(jid)) return;
    const mine = kind === "room" ? resource(parsed.from) === (rows.get(jid)?.nick ?? context.me.name) : bare(parsed.from) === context.jid || parsed.from === "";
    const name = kind === "room" ? resource(parsed.from) : context.nameOf(bare(parsed.from) || context.jid);
    const before = rows.get(jid)?.last;
    const last = lastLine(parsed, mine, name);
    if (mine && before?.mine && before.text === last.text && before.delivery) last.delivery = before.delivery;
    rows.update(jid, { last, time: Math.max(parsed.time ?? Date.now(), 0) });
  }

  async function ask(size: number, after?: string): Promise<string | undefined> {
    const answer = await stream.request(h("iq", { type: "get", to: context.jid }, h("inbox", { xmlns: NS.inbox }, page({ max: size, ...(after ? { after } : {}) }))), 60_000);
    const set = answer.getChild("fin", NS.inbox)?.getChild("set", NS.rsm);
    const [count, last] = [number(set?.getChildText("count")) ?? 0, set?.getChildText("last") ?? undefined];
    return last && listed.size < count ? last : undefined;
  }

  async function fetchAll(): Promise<void> {
    listed = new Set();
    const old = new Set(rows.all().map((row) => row.jid)); // what is begun meanwhile is not in the answer
    await stream.request(h("iq", { type: "set", to: context.jid }, h("enable", { xmlns: NS.inboxMore })));
    const first = await ask(FIRST_PAGE);
    context.raise("onFirstPage");
    for (let after = first; after !== undefined; after = await ask(NEXT_PAGE, after));
    for (const row of rows.all()) if (old.has(row.jid) && !listed.has(row.jid) && !row.draft && !row.contact && !row.joined && !context.logs.isOpen(row.jid)) rows.remove(row.jid);
    context.raise("onListed");
  }

  /** The next session asks again. A server that has no inbox is not the one that this client came from. */
  function failed(why: unknown): void {
    context.raise("onFirstPage");
    if (why instanceof Refusal && UNKNOWN.has(why.condition)) context.setMe({ fault: "unsupported" });
  }

  return {
    onOnline(resumed) {
      if (!resumed) void fetchAll().catch(failed);
    },
    onStanza(el) {
      if (el.name !== "message" || !(el.getChild("entry", NS.inbox) ?? el.getChild("conversation", NS.inboxMore))) return undefined;
      if (el.attrs.from && bare(el.attrs.from) !== context.jid) return true; // nobody else has an inbox for us
      takeEntry(el);
      return true;
    },
    onMessage(parsed, _el, sent) {
      if (parsed.type === "groupchat" || parsed.isError || (!parsed.text && parsed.files.length === 0) || parsed.replaces || parsed.retracts || parsed.reacts) return;
      const jid = bare(sent ? parsed.to : parsed.from);
      if (jid === context.jid && !sent) return;
      rows.need(jid, "chat");
      takeLast(jid, "chat", parsed);
    },
    methods: {
      async markUnread(conversation, unread) {
        await stream.request(h("iq", { type: "set", to: context.jid }, h("mark", { xmlns: NS.inboxMore, jid: conversation, unread: String(unread) })));
      },
    },
  };
};

// SPDX-License-Identifier: Apache-2.0
// What was read: told to the others (XEP-0333) and to my own devices (XEP-0490, by server assist in the same message), never
// backwards; and what others have read of mine.
import { Refusal } from "../../shared/rpc.ts";
import type { Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, bare, h } from "../xml/el.ts";
import type { Parsed } from "../xml/message.ts";
import { publishPrivate } from "../xml/pubsub.ts";
import { NS } from "../xml/ns.ts";

export const markers: FeatureMaker = (context): Feature => {
  const { stream, rows, logs, marks } = context;
  function say(conversation: Jid): void {
    const mark = marks.get(conversation);
    const row = rows.get(conversation);
    if (!mark || mark.id !== undefined || !row || !stream.isOnline || (row.kind === "room" && !row.joined)) return;
    const mds = h("displayed", { xmlns: NS.mds }, h("stanza-id", { xmlns: NS.sid, by: row.kind === "room" ? conversation : context.jid, id: mark.archive }));
    const id = (mark.id = crypto.randomUUID());
    if (context.me.habits?.tellRead === false) { // only my own devices
      void stream.request(publishPrivate(NS.mds, conversation, mds)).then(() => marks.acked(id), (why: unknown) => (why instanceof Refusal && why.fault === "offline" ? marks.lost(id) : marks.drop(conversation)));
    } else stream.send(h("message", { to: conversation, type: row.kind === "room" ? "groupchat" : "chat", id }, h("displayed", { xmlns: NS.markers, id: mark.ref }), mds, h("store", { xmlns: NS.hints })));
  }

  /** Offline, too: then it is said later. */
  function displayed(conversation: Jid, key: string): void {
    const log = logs.get(conversation);
    const message = log?.get(key) ?? logs.having(conversation, key)?.message;
    const row = rows.get(conversation);
    if (!log || !message?.archive || !row) return;
    const { archive, ref } = message;
    const said = marks.get(conversation)?.archive;
    if (said !== undefined && !row.marked && !marks.isLater(conversation, archive, said)) return;
    if (row.displayed !== undefined && !row.marked && !row.unread && !marks.isLater(conversation, archive, row.displayed)) return;
    marks.put(conversation, archive, ref);
    say(conversation);
    if (log.newest === message) rows.update(conversation, { unread: 0, mentions: 0, marked: false, displayed: archive });
  }

  /** XEP-0184: only to those who may see that I am there anyway (5.3). */
  function acknowledge(parsed: Parsed): void {
    const from = bare(parsed.from);
    const contact = rows.get(from)?.contact;
    if (!parsed.wantsReceipt || !parsed.id || parsed.type === "groupchat" || parsed.isError || from === context.jid || (contact !== "both" && contact !== "from")) return;
    stream.send(h("message", { to: parsed.from, type: "chat", id: crypto.randomUUID() }, h("received", { xmlns: NS.receipts, id: parsed.id }), h("store", { xmlns: NS.hints })));
  }

  /** The list shows how far my last message has come. */
  function tellRow(conversation: Jid): void {
    const last = rows.get(conversation)?.last;
    const newest = logs.get(conversation)?.newest;
    if (last?.mine && newest?.from.mine && newest.delivery && newest.delivery !== last.delivery) rows.update(conversation, { last: { ...last, delivery: newest.delivery } });
  }

  function takeMds(items: El): void {
    for (const item of items.getChildren("item")) {
      const id = item.getChild("displayed", NS.mds)?.getChild("stanza-id", NS.sid)?.attrs.id;
      const row = item.attrs.id ? rows.get(item.attrs.id) : undefined;
      // The inbox knows it as well, and later than this; of rooms elsewhere only this node does.
      if (row && id && !marks.isCounted(row.jid) && marks.isLater(row.jid, id, row.displayed)) rows.update(row.jid, { displayed: id });
    }
  }

  return {
    features: [`${NS.mds}+notify`],
    onOnline: () => {
      for (const [conversation] of marks.all()) say(conversation);
    },
    onJoined: (room, joined) => {
      if (joined) say(room);
    },
    onAcked: (el) => marks.acked(el.attrs.id ?? ""),
    onLost: (el) => marks.lost(el.attrs.id ?? ""),
    onEvent: (from, node, items) => {
      if (node === NS.mds && from === context.jid) takeMds(items);
    },
    onMessage(parsed, _el, sent) {
      if (sent) return;
      acknowledge(parsed);
      if (parsed.displayed ?? parsed.received) tellRow(bare(parsed.from));
    },
    methods: { displayed },
  };
};

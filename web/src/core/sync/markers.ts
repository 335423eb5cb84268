// SPDX-License-Identifier: Apache-2.0
// What was read: told to the others (XEP-0333) and to my own devices (XEP-0490, by server assist in the same message), never
// backwards; and what others have read of mine.
import type { Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, bare, h } from "../xml/el.ts";
import type { Parsed } from "../xml/message.ts";
import { publishPrivate } from "../xml/pubsub.ts";
import { NS } from "../xml/ns.ts";

export const markers: FeatureMaker = (context): Feature => {
  const { stream, rows, logs } = context;
  /** Order of the newest message that this device has said it has shown. */
  const told = new Map<Jid, number>();

  function displayed(conversation: Jid, key: string): void {
    const log = logs.get(conversation);
    const message = log?.get(key) ?? logs.having(conversation, key)?.message;
    const row = rows.get(conversation);
    if (!log || !message?.archive || !row || !stream.isOnline) return;
    if ((told.get(conversation) ?? Number.NEGATIVE_INFINITY) >= message.order && !row.unread && !row.marked) return;
    const known = row.displayed ? log.find(row.displayed) : undefined;
    if (known && known.order >= message.order && !row.unread && !row.marked) return;
    told.set(conversation, message.order);
    const by = log.kind === "room" ? conversation : context.jid;
    const mds = h("displayed", { xmlns: NS.mds }, h("stanza-id", { xmlns: NS.sid, by, id: message.archive }));
    if (context.me.habits?.tellRead === false) void stream.request(publishPrivate(NS.mds, conversation, mds)).catch(() => told.delete(conversation)); // only my own devices
    else stream.send(h("message", { to: conversation, type: log.kind === "room" ? "groupchat" : "chat", id: crypto.randomUUID() },
      h("displayed", { xmlns: NS.markers, id: message.ref }),
      mds,
      h("store", { xmlns: NS.hints })));
    if (log.newest === message) rows.update(conversation, { unread: 0, mentions: 0, marked: false, displayed: message.archive });
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
      if (item.attrs.id && id && rows.get(item.attrs.id)) rows.update(item.attrs.id, { displayed: id });
    }
  }

  return {
    features: [`${NS.mds}+notify`],
    onOnline: (resumed) => {
      if (!resumed) told.clear();
    },
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

// SPDX-License-Identifier: Apache-2.0
// What was read: told to the others (XEP-0333) and to my own devices (XEP-0490, by server assist in the same message), never
// backwards; and what others have read of mine.
import type { Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import type { Change, Log } from "../model/log.ts";
import { type El, bare, h, resource } from "../xml/el.ts";
import { NS } from "../xml/ns.ts";

const READERS_MAX = 50; // people that are kept for one message

export const markers: FeatureMaker = (context): Feature => {
  const { stream, rows, logs } = context;
  /** Order of the newest message that this device has said it has shown. */
  const told = new Map<Jid, number>();

  function displayed(conversation: Jid, key: string): void {
    const log = logs.get(conversation);
    const message = log?.get(key);
    const row = rows.get(conversation);
    if (!log || !message?.archive || !row || !stream.isOnline) return;
    if ((told.get(conversation) ?? Number.NEGATIVE_INFINITY) >= message.order && !row.unread && !row.marked) return;
    const known = row.displayed ? log.find(row.displayed) : undefined;
    if (known && known.order >= message.order && !row.unread && !row.marked) return;
    told.set(conversation, message.order);
    const by = log.kind === "room" ? conversation : context.jid;
    stream.send(h("message", { to: conversation, type: log.kind === "room" ? "groupchat" : "chat", id: crypto.randomUUID() },
      h("displayed", { xmlns: NS.markers, id: message.ref }),
      h("displayed", { xmlns: NS.mds }, h("stanza-id", { xmlns: NS.sid, by, id: message.archive })),
      h("store", { xmlns: NS.hints })));
    if (log.newest === message) rows.update(conversation, { unread: 0, mentions: 0, marked: false, displayed: message.archive });
  }

  function read(log: Log, ref: string, name: string): void {
    const change: Change = { upserts: new Set(), removed: [] };
    if (log.kind === "chat") log.raiseUpTo(ref, "read", change);
    const until = log.find(ref);
    if (log.kind === "room" && until) {
      for (const one of log.messages) if (one !== until && one.readers?.includes(name)) {
        one.readers = one.readers.filter((reader) => reader !== name);
        change.upserts.add(one);
      }
      until.readers = [...new Set([...(until.readers ?? []), name])].slice(-READERS_MAX);
      change.upserts.add(until);
    }
    logs.changed(log, change);
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
      if (!parsed.displayed) return;
      const log = logs.get(bare(sent ? parsed.to : parsed.from));
      if (!log || sent || (log.kind === "room" && resource(parsed.from) === context.me.name)) return;
      read(log, parsed.displayed, log.kind === "room" ? resource(parsed.from) : context.nameOf(bare(parsed.from)));
    },
    methods: { displayed },
  };
};

// SPDX-License-Identifier: Apache-2.0
// Rooms (XEP-0045): joined when they are opened, and again after every new session; the list itself comes from the inbox, so that
// hundreds of rooms cost nothing at the start.
import type { Fault, Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, bare, h, number, resource } from "../xml/el.ts";
import { fields } from "../xml/form.ts";
import { NS } from "../xml/ns.ts";

const JOINED_MAX = 30; // rooms that are joined at once; those used least are left

const FAULTS: Record<string, Fault> = {
  "not-authorized": "password-needed", forbidden: "banned", "item-not-found": "not-there", "not-allowed": "forbidden", "registration-required": "not-member",
  conflict: "nick-taken", "service-unavailable": "quota", gone: "not-there",
};

export const rooms: FeatureMaker = (context): Feature => {
  const { rows, stream, logs } = context;
  /** In the order of use, and under which nick. */
  const wanted = new Map<Jid, string>();

  function join(room: Jid): void {
    const nick = wanted.get(room) ?? context.me.name;
    wanted.delete(room);
    wanted.set(room, nick);
    if (rows.get(room)?.joined || !stream.isOnline) return;
    stream.send(h("presence", { to: `${room}/${nick}` }, h("x", { xmlns: NS.muc }, h("history", { maxstanzas: 0 }))));
    leaveSome();
  }

  function leaveSome(): void {
    const idle = [...wanted.keys()].filter((room) => !logs.isOpen(room));
    for (const room of idle.slice(0, Math.max(0, wanted.size - JOINED_MAX))) {
      stream.send(h("presence", { to: `${room}/${wanted.get(room)}`, type: "unavailable" }));
      wanted.delete(room);
    }
  }

  function setJoined(room: Jid, joined: boolean, el?: El): void {
    const item = el?.getChild("x", NS.mucUser)?.getChild("item");
    rows.update(room, { joined, ...(item?.attrs.affiliation ? { affiliation: item.attrs.affiliation as "member" } : {}) });
    const log = logs.get(room);
    if (log && joined && el) {
      const occupant = el.getChild("occupant-id", NS.occupant)?.attrs.id;
      log.iAm(resource(el.attrs.from ?? ""), occupant);
    }
    context.raise("onJoined", room, joined);
  }

  function takeSelf(room: Jid, el: El, codes: string[]): void {
    if (el.attrs.type === "unavailable") {
      if (codes.includes("303")) return; // a new nick: presence under it follows
      wanted.delete(room);
      setJoined(room, false);
      if (codes.includes("301")) rows.update(room, { affiliation: "outcast" });
    } else if (!rows.get(room)?.joined) setJoined(room, true, el);
  }

  return {
    features: [`${NS.bookmarks}+notify`],
    onOnline(resumed) {
      if (resumed) return;
      for (const row of rows.all()) if (row.joined) rows.update(row.jid, { joined: false });
      for (const room of new Set([...wanted.keys(), ...logs.open().filter((jid) => rows.get(jid)?.kind === "room")])) join(room);
    },
    onAbout(room, query) {
      rows.update(room, { slow: number(fields(query).get("muc#roominfo_slow_mode_duration")?.[0]) || undefined });
    },
    onOpen(conversation) {
      if (rows.get(conversation)?.kind === "room") join(conversation);
    },
    onStanza(el) {
      if (el.name !== "presence") return undefined;
      const room = bare(el.attrs.from ?? "");
      if (el.attrs.type === "error" && wanted.has(room)) {
        const condition = el.getChild("error")?.getChildElements()[0]?.name ?? "";
        wanted.delete(room);
        context.tell("roomFault", { room, fault: FAULTS[condition] ?? "refused" });
        context.raise("onRefused", room);
        return true;
      }
      const x = el.getChild("x", NS.mucUser);
      if (!x || rows.get(room)?.kind !== "room") return undefined;
      const codes = x.getChildren("status").map((one) => one.attrs.code ?? "");
      const item = x.getChild("item");
      if (item) context.raise("onOccupant", room, el, item, codes);
      if (codes.includes("110")) takeSelf(room, el, codes);
      return true;
    },
    onMessage(parsed) {
      const room = bare(parsed.from);
      if (parsed.type !== "groupchat" || parsed.subject === undefined || parsed.text !== undefined) return;
      rows.update(room, { subject: parsed.subject || undefined });
    },
  };
};

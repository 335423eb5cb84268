// SPDX-License-Identifier: Apache-2.0
// Rooms (XEP-0045): joined when they are opened, and again after every new session; the list itself comes from the inbox, so that
// hundreds of rooms cost nothing at the start.
import { lookUp } from "../../shared/lookup.ts";
import type { Fault, Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, bare, h, number, resource, textOf } from "../xml/el.ts";
import { fields, submit } from "../xml/form.ts";
import { getItem, payloadOf, publishPrivate } from "../xml/pubsub.ts";
import { NS } from "../xml/ns.ts";

const JOINED_MAX = 30; // rooms that are joined at once; those used least are left

const FAULTS: Record<string, Fault> = {
  "not-authorized": "password-needed", forbidden: "banned", "item-not-found": "not-there", "not-allowed": "forbidden", "registration-required": "not-member",
  conflict: "nick-taken", "service-unavailable": "quota", gone: "not-there",
};

/** Status codes of one's own leaving. */
const LEFT: [code: string, fault: Fault][] = [["301", "banned"], ["307", "shown-out"], ["321", "not-member"], ["322", "not-member"]];

interface Entry {
  nick: string;
  password?: string;
  /** The user has said it: the bookmark is not asked. */
  isGiven?: boolean;
  /** To be kept when it has worked. */
  isNew?: boolean;
}

export const rooms: FeatureMaker = (context): Feature => {
  const { rows, stream, logs } = context;
  /** In the order of use, and how they are entered. */
  const wanted = new Map<Jid, Entry>();
  /** Rooms that were asked in this session and have not answered yet. */
  const asked = new Set<Jid>();
  const selves = new Map<Jid, { nick: string; occupant: string | undefined }>();
  /** Rooms that did not let me in. */
  const refused = new Map<Jid, Entry>();

  function join(room: Jid, how?: Entry): void {
    const entry = how ?? wanted.get(room) ?? { nick: context.me.name };
    wanted.delete(room);
    wanted.set(room, entry);
    refused.delete(room);
    if (rows.get(room)?.joined || !stream.isOnline) return;
    asked.add(room);
    const { nick, password } = entry;
    stream.send(h("presence", { to: `${room}/${nick}` }, h("x", { xmlns: NS.muc }, h("history", { maxstanzas: 0 }), password !== undefined && h("password", {}, password))));
    leaveSome();
  }

  const bookmark = async (room: Jid): Promise<El | undefined> => payloadOf(await stream.request(getItem(NS.bookmarks, room)).catch(() => h("none")), room);

  /** What the bookmark knows is tried before anybody is asked. */
  async function again(room: Jid, entry: Entry, fault: Fault): Promise<void> {
    const kept = fault === "password-needed" || fault === "nick-taken" ? await bookmark(room) : undefined;
    const [nick, password] = [textOf(kept, "nick"), textOf(kept, "password")];
    const isNew = (fault === "password-needed" && password !== undefined && password !== entry.password) || (fault === "nick-taken" && nick !== undefined && nick !== entry.nick);
    if (isNew && !entry.isGiven) return join(room, { nick: nick ?? entry.nick, ...(password === undefined ? {} : { password }), isGiven: true });
    refused.set(room, entry);
    context.tell("roomFault", { room, fault });
    context.raise("onRefused", room);
  }

  /** Name and password of a room are kept with its bookmark (XEP-0402), for other devices, too. */
  async function keep(room: Jid, { nick, password }: Entry): Promise<void> {
    const old = await bookmark(room);
    const rest = (old?.getChildElements() ?? []).filter((one) => one.name !== "nick" && (one.name !== "password" || password === undefined));
    const attrs = { name: old?.attrs.name ?? rows.get(room)?.name, autojoin: old?.attrs.autojoin ?? "true" };
    await stream.request(publishPrivate(NS.bookmarks, room, h("conference", { xmlns: NS.bookmarks, ...attrs }, h("nick", {}, nick), password !== undefined && h("password", {}, password), rest)));
  }

  function leaveSome(): void {
    const idle = [...wanted.keys()].filter((room) => !logs.isOpen(room));
    for (const room of idle.slice(0, Math.max(0, wanted.size - JOINED_MAX))) {
      stream.send(h("presence", { to: `${room}/${wanted.get(room)?.nick}`, type: "unavailable" }));
      wanted.delete(room);
    }
  }

  /** Who I am in there: for the list, and for the log, which may only be opened later. */
  function iAm(room: Jid, el: El): void {
    const own = { nick: resource(el.attrs.from ?? ""), occupant: el.getChild("occupant-id", NS.occupant)?.attrs.id };
    selves.set(room, own);
    rows.update(room, { nick: own.nick });
    logs.get(room)?.iAm(own.nick, own.occupant);
  }

  function setJoined(room: Jid, joined: boolean, el?: El): void {
    const item = el?.getChild("x", NS.mucUser)?.getChild("item");
    rows.update(room, { joined, ...(item?.attrs.affiliation ? { affiliation: item.attrs.affiliation as "member" } : {}) });
    if (joined && el) iAm(room, el);
    context.raise("onJoined", room, joined);
  }

  /** Shown out, banned, or the room is gone (XEP-0045, 8.2, 9.1, 10.9). */
  function tellWhy(room: Jid, el: El, codes: string[]): void {
    const x = el.getChild("x", NS.mucUser);
    const destroyed = x?.getChild("destroy");
    const fault = destroyed ? "room-gone" : LEFT.find(([code]) => codes.includes(code))?.[1];
    if (!fault) return;
    const [reason, successor] = [textOf(destroyed ?? x?.getChild("item"), "reason"), destroyed?.attrs.jid];
    context.tell("roomFault", { room, fault, ...(reason ? { reason: reason.slice(0, 500) } : {}), ...(successor ? { successor: bare(successor) } : {}) });
  }

  function takeSelf(room: Jid, el: El, codes: string[]): void {
    if (el.attrs.type === "unavailable") {
      if (codes.includes("303")) return; // a new nick: presence under it follows
      if (asked.has(room)) return; // of a session before, by the same name: the answer follows
      const entry = wanted.get(room);
      wanted.delete(room);
      setJoined(room, false);
      if (codes.includes("301")) rows.update(room, { affiliation: "outcast" });
      tellWhy(room, el, codes);
      if (entry && codes.some((one) => one === "321" || one === "322")) refused.set(room, entry);
    } else if (!rows.get(room)?.joined) {
      asked.delete(room);
      const entry = wanted.get(room);
      setJoined(room, true, el);
      if (entry?.isNew) {
        delete entry.isNew;
        void keep(room, entry).catch(() => undefined); // asked for again the next time
      }
    } else if (rows.get(room)?.nick !== resource(el.attrs.from ?? "")) iAm(room, el);
  }

  return {
    features: [`${NS.bookmarks}+notify`],
    onOnline(resumed) {
      if (!resumed) asked.clear();
      for (const row of rows.all()) if (row.joined && !resumed) rows.update(row.jid, { joined: false });
      // Those that were wanted without a connection have not been asked yet.
      for (const room of new Set([...wanted.keys(), ...logs.open().filter((jid) => rows.get(jid)?.kind === "room")])) if (!asked.has(room) && !(resumed && refused.has(room))) join(room);
    },
    onAbout(room, query) {
      rows.update(room, { slow: number(fields(query).get("muc#roominfo_slow_mode_duration")?.[0]) || undefined });
    },
    // It did not let me in before.
    onBelonging(room) {
      const entry = refused.get(room);
      if (entry && logs.isOpen(room)) join(room, entry);
    },
    onOpen(conversation) {
      const own = selves.get(conversation);
      if (own && rows.get(conversation)?.joined) logs.get(conversation)?.iAm(own.nick, own.occupant);
      if (rows.get(conversation)?.kind === "room") join(conversation);
    },
    /** On the way in, or told why not: nothing to do again. */
    onNeeded(room) {
      if (!wanted.has(room) && !refused.has(room)) join(room);
    },
    onStanza(el) {
      if (el.name !== "presence") return undefined;
      const room = bare(el.attrs.from ?? "");
      if (el.attrs.type === "error" && wanted.has(room)) {
        const condition = el.getChild("error")?.getChildElements()[0]?.name ?? "";
        const entry = wanted.get(room) as Entry;
        wanted.delete(room);
        asked.delete(room);
        void again(room, entry, lookUp(FAULTS, condition) ?? "refused");
        return true;
      }
      const x = el.getChild("x", NS.mucUser);
      if (x && wanted.has(room)) rows.need(room, "room"); // the list may have been read meanwhile, without it
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
    methods: {
      joinRoom(room, { nick, password }) {
        rows.need(room, "room");
        const before = refused.get(room) ?? { nick: context.me.name };
        join(room, { ...before, ...(nick ? { nick } : {}), ...(password === undefined ? {} : { password }), isGiven: true, ...(nick || password !== undefined ? { isNew: true } : {}) });
      },
      async askMembership(room, nick) {
        const form = submit("http://jabber.org/protocol/muc#register", { "muc#register_roomnick": nick ?? context.me.name });
        await stream.request(h("iq", { type: "set", to: room }, h("query", { xmlns: NS.register }, form)));
        const entry = refused.get(room);
        if (entry && logs.isOpen(room)) join(room, { ...entry, isGiven: true }); // where it is granted at once
      },
      askVoice(room) {
        stream.send(h("message", { to: room, id: crypto.randomUUID() }, submit("http://jabber.org/protocol/muc#request", { "muc#role": "participant" })));
      },
    },
  };
};

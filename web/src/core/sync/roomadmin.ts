// SPDX-License-Identifier: Apache-2.0
// What owners, admins and moderators of a room do (XEP-0045, 8 to 10), how rooms are made and found (XEP-0433), and invitations by
// link (XEP-0488).
import type { Form } from "../../shared/forms.ts";
import { Refusal } from "../../shared/rpc.ts";
import type { FoundRoom, NewRoom, RoomInfo } from "../../shared/rooms.ts";
import type { Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, domain, h, number, textOf } from "../xml/el.ts";
import { ends, fields, page, parseForm, submit } from "../xml/form.ts";
import { getItem, payloadOf, publishPrivate } from "../xml/pubsub.ts";
import { NS } from "../xml/ns.ts";

const PAGE = 50;
const JOIN_PATIENCE = 20_000; // ms
const TRIES = 4; // addresses that are tried when one is taken

/** An address that is readable where the name can be: letters, digits and marks of all scripts. */
export function localPart(name: string): string {
  const part = name.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 60);
  return part || `room-${Math.random().toString(36).slice(2, 8)}`;
}

export const roomadmin: FeatureMaker = (context): Feature => {
  const { rows, stream } = context;
  const service = `conference.${domain(context.jid)}`;
  const waiting = new Map<Jid, (codes: string[] | undefined) => void>();

  const admin = (room: Jid, item: Record<string, string | undefined>, reason?: string): Promise<El> =>
    stream.request(h("iq", { type: "set", to: room }, h("query", { xmlns: NS.mucAdmin }, h("item", item, reason && h("reason", {}, reason)))));

  /** Enters a room; the status codes of one's own presence, or undefined where it is refused. */
  function enter(room: Jid): Promise<string[] | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiting.get(room)?.(undefined), JOIN_PATIENCE);
      waiting.set(room, (codes) => {
        clearTimeout(timer);
        waiting.delete(room);
        resolve(codes);
      });
      stream.send(h("presence", { to: `${room}/${context.me.name}` }, h("x", { xmlns: NS.muc }, h("history", { maxstanzas: 0 }))));
    });
  }

  /** A room that was not there before: status 201. */
  async function makeRoom(name: string): Promise<Jid> {
    const base = localPart(name);
    for (let i = 0; i < TRIES; i++) {
      const room = `${i === 0 ? base : `${base}-${Math.random().toString(36).slice(2, 6)}`}@${service}`;
      if (rows.get(room)) continue;
      rows.need(room, "room");
      const codes = await enter(room);
      if (codes?.includes("201")) return room;
      if (codes) stream.send(h("presence", { to: `${room}/${context.me.name}`, type: "unavailable" }));
      rows.remove(room);
    }
    throw new Refusal("conflict");
  }

  async function createRoom({ name, isPublic, topic, members }: NewRoom): Promise<Jid> {
    const room = await makeRoom(name);
    const flag = (on: boolean): string => (on ? "1" : "0");
    await stream.request(h("iq", { type: "set", to: room }, h("query", { xmlns: NS.mucOwner }, submit("http://jabber.org/protocol/muc#roomconfig", {
      "muc#roomconfig_roomname": name, "muc#roomconfig_persistentroom": "1", "muc#roomconfig_publicroom": flag(isPublic), "muc#roomconfig_membersonly": flag(!isPublic),
      "muc#roomconfig_whois": isPublic ? "moderators" : "anyone", "muc#roomconfig_allowinvites": "1", ...(topic ? { "muc#roomconfig_roomdesc": topic } : {}),
    }))));
    rows.update(room, { name, affiliation: "owner" });
    context.raise("onJoined", room, true);
    if (topic) stream.send(h("message", { to: room, type: "groupchat", id: crypto.randomUUID() }, h("subject", {}, topic)));
    await bookmark(room, name);
    for (const jid of members) {
      await admin(room, { affiliation: "member", jid });
      stream.send(h("message", { to: room, id: crypto.randomUUID() }, h("x", { xmlns: NS.mucUser }, h("invite", { to: jid }))));
    }
    return room;
  }

  const bookmark = (room: Jid, name: string): Promise<unknown> =>
    stream.request(publishPrivate(NS.bookmarks, room, h("conference", { xmlns: NS.bookmarks, name, autojoin: "true" }))).catch(() => undefined); // a room without one works, too

  async function publicRooms(words: string, after: string | undefined): Promise<{ rooms: FoundRoom[]; next?: string }> {
    const form = submit(`${NS.channelSearch}-params`, words ? { q: words, sinname: "true", sindescription: "true" } : { all: "true" });
    const answer = await stream.request(h("iq", { type: "get", to: service }, h("search", { xmlns: NS.channelSearch }, page({ max: PAGE, ...(after ? { after } : {}) }), form)));
    const result = answer.getChild("result", NS.channelSearch);
    const found = (result?.getChildren("item") ?? []).map((item): FoundRoom => {
      const [description, people] = [textOf(item, "description"), number(textOf(item, "nusers"))];
      return {
        jid: item.attrs.address ?? "", name: textOf(item, "name") ?? (item.attrs.address ?? "").split("@")[0] ?? "", isOpen: textOf(item, "is-open") !== "false",
        ...(description ? { description } : {}), ...(people === undefined ? {} : { people }),
      };
    });
    const { last, count } = ends(result);
    return { rooms: found, ...(last && found.length === PAGE && count !== found.length ? { next: last } : {}) };
  }

  async function roomInfo(room: Jid): Promise<RoomInfo> {
    const query = (await stream.request(h("iq", { type: "get", to: room }, h("query", { xmlns: NS.discoInfo })))).getChild("query", NS.discoInfo);
    const more = fields(query);
    const [description, occupants, contact] = [more.get("muc#roominfo_description")?.[0], number(more.get("muc#roominfo_occupants")?.[0]), more.get("muc#roominfo_contactjid")?.[0]];
    const name = query?.getChild("identity")?.attrs.name || room.split("@")[0] || room;
    if (rows.get(room)) rows.update(room, { name });
    return {
      jid: room, name, features: (query?.getChildren("feature") ?? []).map((one) => one.attrs.var ?? ""), ...(description ? { description } : {}),
      ...(occupants === undefined ? {} : { occupants }), ...(contact ? { contact } : {}),
    };
  }

  /** Joins for good: a member where the room lets everybody be one, and a bookmark for other clients. */
  async function stay(room: Jid): Promise<void> {
    rows.need(room, "room");
    const info = await roomInfo(room).catch(() => undefined);
    await stream.request(h("iq", { type: "set", to: room }, h("query", { xmlns: NS.register }, submit("http://jabber.org/protocol/muc#register", { "muc#register_roomnick": rows.get(room)?.nick ?? context.me.name }))))
      .catch(() => undefined); // rooms without registration: one is a guest
    const known = await stream.request(getItem(NS.bookmarks, room)).then((answer) => payloadOf(answer, room)).catch(() => undefined);
    if (!known) await bookmark(room, info?.name ?? room); // else it has what others have written, such as the nick
  }

  return {
    onOccupant(room, _el, _item, codes) {
      if (codes.includes("110")) waiting.get(room)?.(codes);
    },
    onRefused(room) {
      waiting.get(room)?.(undefined);
    },
    methods: {
      createRoom,
      publicRooms,
      roomInfo,
      stay,
      setAffiliation: async (room, jid, affiliation, reason) => void (await admin(room, { jid, affiliation }, reason)),
      setRole: async (room, nick, role, reason) => void (await admin(room, { nick, role }, reason)),
      async roomForm(room) {
        const answer = await stream.request(h("iq", { type: "get", to: room }, h("query", { xmlns: NS.mucOwner })));
        const form = answer.getChild("query", NS.mucOwner)?.getChild("x", NS.form);
        if (!form) throw new Refusal("forbidden");
        return parseForm(form) as Form;
      },
      async saveRoom(room, values) {
        await stream.request(h("iq", { type: "set", to: room }, h("query", { xmlns: NS.mucOwner }, submit("http://jabber.org/protocol/muc#roomconfig", values))));
        await roomInfo(room);
      },
      async setRoomPicture(room, picture) {
        const old = (await stream.request(h("iq", { type: "get", to: room }, h("vCard", { xmlns: NS.vcard })))).getChild("vCard", NS.vcard);
        const rest = (old?.getChildElements() ?? []).filter((one) => one.name !== "PHOTO");
        const photo = picture && h("PHOTO", {}, h("TYPE", {}, picture.type), h("BINVAL", {}, picture.base64));
        await stream.request(h("iq", { type: "set", to: room }, h("vCard", { xmlns: NS.vcard }, rest, photo)));
      },
      async destroyRoom(room, reason, successor) {
        await stream.request(h("iq", { type: "set", to: room }, h("query", { xmlns: NS.mucOwner }, h("destroy", { jid: successor }, reason && h("reason", {}, reason)))));
        rows.remove(room);
      },
      async inviteLink(room, seconds, uses) {
        const answer = await stream.request(h("iq", { type: "set", to: room }, h("request", { xmlns: NS.roomToken, delay: seconds, counter: uses })));
        const token = textOf(answer, "token", NS.roomToken);
        if (!token) throw new Refusal("refused");
        return `xmpp:${room}?join;password=${encodeURIComponent(token)}`;
      },
    },
  };
};

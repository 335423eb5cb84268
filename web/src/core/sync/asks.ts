// SPDX-License-Identifier: Apache-2.0
// Who wants something of me: invitations (XEP-0249, and XEP-0045 7.8.2 through the room), and in rooms where I decide requests for
// the word (8.6) and for membership (9.9). Kept until they are answered.
import type { Ask } from "../../shared/rooms.ts";
import type { Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, bare, h, resource, textOf } from "../xml/el.ts";
import { fields, submit } from "../xml/form.ts";
import { NS } from "../xml/ns.ts";

const ASKS_MAX = 100;
const TEXT_MAX = 500; // UTF-16 units
const REQUEST = "http://jabber.org/protocol/muc#request";
const REGISTER = "http://jabber.org/protocol/muc#register";

/** With what is needed to answer, and nobody is shown. */
interface Kept extends Ask {
  password?: string;
  /** It came through the room, which hands a refusal on. */
  mediated?: boolean;
  nick?: string;
  role?: string;
}

export const asks: FeatureMaker = (context): Feature => {
  const { rows, store, stream } = context;
  const open = new Map<string, Kept>();

  const shown = ({ id, kind, room, roomName, who, whoName, reason }: Kept): Ask => ({ id, kind, room, roomName, who, whoName, ...(reason ? { reason } : {}) });
  const tell = (): void => context.tell("asks", [...open.values()].map(shown));

  function changed(): void {
    void store.putSetting(context.jid, "asks", [...open.values()]);
    tell();
  }

  function add(ask: Omit<Kept, "id" | "roomName" | "whoName"> & { whoName?: string }): void {
    const id = `${ask.kind} ${ask.room} ${ask.kind === "invited" ? "" : ask.who}`;
    if (!open.has(id) && open.size >= ASKS_MAX) return;
    open.set(id, { ...ask, id, roomName: context.nameOf(ask.room), whoName: (ask.whoName || context.nameOf(ask.who)).slice(0, 200) });
    changed();
  }

  function drop(test: (one: Kept) => boolean): void {
    const gone = [...open.values()].filter(test);
    for (const one of gone) open.delete(one.id);
    if (gone.length > 0) changed();
  }

  function invited(room: Jid, from: string, more: { reason?: string | undefined; password?: string | undefined; mediated?: boolean }): void {
    const isInside = bare(from) === room;
    const who = isInside ? from : bare(from);
    if (!room.includes("@") || rows.get(room)?.joined || rows.get(who)?.blocked || who === context.jid) return;
    const { reason, password, mediated } = more;
    add({
      kind: "invited", room, who, ...(isInside ? { whoName: resource(from) } : {}), ...(reason ? { reason: reason.slice(0, TEXT_MAX) } : {}), ...(password ? { password } : {}),
      ...(mediated ? { mediated } : {}),
    });
  }

  /** True: there is nothing else in it. */
  function takeInvite(el: El, from: string): boolean {
    const x = el.getChild("x", NS.mucUser);
    const invite = x?.getChild("invite");
    if (invite && from === bare(from)) {
      invited(from, invite.attrs.from ?? from, { reason: textOf(invite, "reason"), password: textOf(x, "password"), mediated: true });
      return true;
    }
    const direct = el.getChild("x", NS.invite);
    if (direct?.attrs.jid && rows.get(bare(from))?.kind !== "room") invited(bare(direct.attrs.jid), from, { reason: direct.attrs.reason, password: direct.attrs.password });
    return false;
  }

  function takeRequest(el: El, room: Jid): boolean {
    const row = rows.get(room);
    const form = fields(el);
    const [type, who, nick] = [form.get("FORM_TYPE")?.[0], form.get("muc#jid")?.[0], form.get("muc#roomnick")?.[0] ?? form.get("muc#register_roomnick")?.[0]];
    if (row?.kind !== "room" || !who || (type !== REQUEST && type !== REGISTER)) return false;
    const role = form.get("muc#role")?.[0];
    add({ kind: type === REQUEST ? "voice" : "member", room, who: bare(who), ...(nick ? { whoName: nick, nick } : {}), ...(role ? { role } : {}) });
    return true;
  }

  function answerInvite(ask: Kept, accept: boolean): void {
    if (accept || !ask.mediated) return;
    stream.send(h("message", { to: ask.room, id: crypto.randomUUID() }, h("x", { xmlns: NS.mucUser }, h("decline", { to: ask.who }))));
  }

  function answerRequest(ask: Kept, accept: boolean): void {
    const yes = accept ? "1" : "0";
    const form = ask.kind === "voice"
      ? submit(REQUEST, { "muc#role": ask.role ?? "participant", "muc#jid": ask.who, "muc#roomnick": ask.nick, "muc#request_allow": yes })
      : submit(REGISTER, { "muc#jid": ask.who, "muc#register_roomnick": ask.nick, "muc#register_allow": yes });
    stream.send(h("message", { to: ask.room, id: crypto.randomUUID() }, form));
  }

  return {
    onListen() {
      void store.setting<Kept[]>(context.jid, "asks").then((kept) => {
        for (const one of kept ?? []) if (!open.has(one.id)) open.set(one.id, one);
        tell();
      });
    },
    onStanza(el) {
      if (el.name !== "message" || el.attrs.type === "groupchat" || el.attrs.type === "error") return undefined;
      const from = el.attrs.from ?? "";
      if (takeInvite(el, from)) return true;
      return (from === bare(from) && takeRequest(el, from)) || undefined;
    },
    onAbout(room, query) {
      const name = query.getChildren("identity").find((one) => one.attrs.category === "conference")?.attrs.name;
      for (const one of open.values()) if (one.room === room && name && one.roomName !== name) {
        one.roomName = name.slice(0, 200);
        changed();
      }
    },
    onJoined(room, joined) {
      if (joined) drop((one) => one.room === room && one.kind === "invited");
    },
    methods: {
      answerAsk(id, accept) {
        const ask = open.get(id);
        if (!ask) return;
        if (ask.kind === "invited") answerInvite(ask, accept);
        else answerRequest(ask, accept);
        drop((one) => one.id === id);
        if (accept && ask.kind === "invited") rows.need(ask.room, "room");
        return accept ? ask.password : undefined;
      },
    },
  };
};

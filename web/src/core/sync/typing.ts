// SPDX-License-Identifier: Apache-2.0
// Who is writing (XEP-0085), both ways.
import type { Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { bare, h, resource } from "../xml/el.ts";
import { NS } from "../xml/ns.ts";

const STALE = 40_000; // ms: who says nothing for so long does not write any more
const PEOPLE_MAX = 10;

export const typing: FeatureMaker = (context): Feature => {
  const { rows, stream } = context;
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  const told = new Map<Jid, boolean>();

  function set(jid: Jid, name: string, on: boolean): void {
    const row = rows.get(jid);
    const id = `${jid}/${name}`;
    clearTimeout(timers.get(id));
    timers.delete(id);
    if (!row || row.writing.includes(name) === on) {
      if (row && on) timers.set(id, setTimeout(() => set(jid, name, false), STALE));
      return;
    }
    rows.update(jid, { writing: on ? [...row.writing, name].slice(0, PEOPLE_MAX) : row.writing.filter((one) => one !== name) });
    if (on) timers.set(id, setTimeout(() => set(jid, name, false), STALE));
  }

  return {
    onOffline: () => {
      for (const row of rows.all()) if (row.writing.length > 0) rows.update(row.jid, { writing: [] });
    },
    onMessage(parsed, _el, sent) {
      if (sent || !parsed.chatState) return;
      const jid = bare(parsed.from);
      const name = rows.get(jid)?.kind === "room" ? resource(parsed.from) : context.nameOf(jid);
      if (name && name !== context.me.name) set(jid, name, parsed.chatState === "composing");
    },
    methods: {
      writing(conversation, on) {
        if (!stream.isOnline || context.me.habits?.tellTyping === false || (told.get(conversation) ?? false) === on) return;
        told.set(conversation, on);
        const isRoom = rows.get(conversation)?.kind === "room";
        stream.send(h("message", { to: conversation, type: isRoom ? "groupchat" : "chat" },
          h(on ? "composing" : "active", { xmlns: NS.chatstates }), h("no-store", { xmlns: NS.hints })));
      },
    },
  };
};

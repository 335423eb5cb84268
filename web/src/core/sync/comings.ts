// SPDX-License-Identifier: Apache-2.0
// Guests who come into a room and leave it stand in its log. Members belong to it, whether their devices are on or not: of them
// nothing is said. Nor in large rooms, where it would be all that one reads.
import type { Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { resource } from "../xml/el.ts";
import { NS } from "../xml/ns.ts";

const SMALL = 50; // people; in larger rooms nothing is said
const GUESTS_MAX = 200; // that are known of one room

export const comings: FeatureMaker = ({ rows, logs }): Feature => {
  const here = new Map<Jid, Map<string, string | undefined>>();

  function tell(room: Jid, nick: string, occupant: string | undefined, kind: "joined" | "left"): void {
    const log = logs.get(room);
    if (!log || !logs.isOpen(room) || !logs.isCurrent(room) || !rows.get(room)?.joined || (rows.get(room)?.people ?? 0) > SMALL) return;
    const who = { jid: `${room}/${nick}`, name: nick, mine: false, ...(occupant ? { occupant } : {}) };
    logs.changed(log, { upserts: new Set([log.addEvent({ kind, text: "" }, who, Date.now())]), removed: [] });
  }

  return {
    onJoined: (room, joined) => {
      if (!joined) here.delete(room);
    },
    onOccupant(room, el, item, codes) {
      const nick = resource(el.attrs.from ?? "");
      if (codes.includes("110") || nick === "") return;
      const guests = here.get(room) ?? new Map<string, string | undefined>();
      here.set(room, guests);
      const occupant = el.getChild("occupant-id", NS.occupant)?.attrs.id;
      if (el.attrs.type === "unavailable") {
        if (!guests.delete(nick)) return;
        // Under another name the same guest is still here.
        if (codes.includes("303") && item.attrs.nick) guests.set(item.attrs.nick, occupant);
        else tell(room, nick, occupant, "left");
      } else if (item.attrs.affiliation === "none" && !guests.has(nick) && guests.size < GUESTS_MAX) {
        guests.set(nick, occupant);
        tell(room, nick, occupant, "joined");
      }
    },
  };
};

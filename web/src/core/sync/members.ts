// SPDX-License-Identifier: Apache-2.0
// Who is in the rooms that are joined. Pages that show a list hear of changes in batches; affiliation lists are asked for when one
// opens. XEP-0317 hats, XEP-0421 occupant ids.
import type { Affiliation, Member, Role } from "../../shared/rooms.ts";
import type { FoundPerson } from "../../shared/people.ts";
import type { Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { Members, type Seen } from "../model/members.ts";
import { type El, bare, h, local, resource, textOf } from "../xml/el.ts";
import { NS } from "../xml/ns.ts";
import { availabilityOf } from "../xml/presence.ts";

const BATCH = 100; // ms
const HATS_MAX = 10;
const FOUND_MAX = 50;
const NEAR = 8; // rooms whose people are looked for by name

interface Watched {
  readers: number;
  upserts: Map<string, Member>;
  removed: Set<string>;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export const members: FeatureMaker = (context): Feature => {
  const { rows, stream } = context;
  const known = new Map<Jid, Members>();
  const asked = new Map<Jid, Promise<void>>();
  const watched = new Map<Jid, Watched>();

  const of = (room: Jid): Members => {
    let found = known.get(room);
    if (!found) known.set(room, (found = new Members(room)));
    return found;
  };

  function tell(room: Jid, { upsert, gone }: { upsert?: Member; gone?: string }): void {
    const watch = watched.get(room);
    if (!watch || watch.readers === 0) return;
    if (upsert) {
      watch.upserts.set(upsert.id, upsert);
      watch.removed.delete(upsert.id);
    }
    if (gone) {
      watch.removed.add(gone);
      watch.upserts.delete(gone);
    }
    watch.timer ??= setTimeout(() => {
      watch.timer = undefined;
      context.tell("members", { room, reset: false, upserts: [...watch.upserts.values()], removed: [...watch.removed] });
      watch.upserts.clear();
      watch.removed.clear();
    }, BATCH);
  }

  function parse(el: El, item: El, codes: string[]): Seen {
    const nick = resource(el.attrs.from ?? "");
    const [jid, occupant, status] = [item.attrs.jid && bare(item.attrs.jid), el.getChild("occupant-id", NS.occupant)?.attrs.id, textOf(el, "status")];
    const hats = (el.getChild("hats", NS.hats)?.getChildren("hat") ?? []).slice(0, HATS_MAX).map((one) => one.attrs.title ?? "").filter(Boolean);
    return {
      nick, affiliation: (item.attrs.affiliation ?? "none") as Affiliation, role: (item.attrs.role ?? "none") as Role, availability: availabilityOf(el), hats, mine: codes.includes("110"),
      ...(jid ? { jid } : {}), ...(occupant ? { occupant } : {}), ...(status ? { status: status.slice(0, 500) } : {}),
    };
  }

  async function ask(room: Jid): Promise<void> {
    const all = await Promise.all((["owner", "admin", "member", "outcast"] as const).map((affiliation) =>
      stream.request(h("iq", { type: "get", to: room }, h("query", { xmlns: NS.mucAdmin }, h("item", { affiliation }))))
        .then((answer) => answer.getChild("query", NS.mucAdmin)?.getChildren("item") ?? []).catch(() => []))); // not everybody may see them
    for (const item of all.flat()) if (item.attrs.jid) of(room).list(bare(item.attrs.jid), (item.attrs.affiliation ?? "none") as Affiliation, textOf(item, "reason"));
  }

  /** Of the rooms that were used last, whose lists nobody has asked for in this session. */
  async function askNear(): Promise<void> {
    const near = rows.all().filter((row) => row.kind === "room").toSorted((a, b) => b.time - a.time).slice(0, NEAR);
    for (const row of near) if (!asked.has(row.jid)) asked.set(row.jid, ask(row.jid));
    await Promise.all(near.map((row) => asked.get(row.jid)));
  }

  return {
    onOnline: (resumed) => {
      if (resumed) return;
      known.clear();
      asked.clear();
    },
    onJoined: (room, joined) => {
      if (!joined) of(room).clearSeen();
      rows.update(room, { people: joined ? of(room).occupants : undefined });
    },
    onOccupant(room, el, item, codes) {
      const list = of(room);
      const nick = resource(el.attrs.from ?? "");
      if (el.attrs.type === "unavailable") tell(room, list.leave(nick));
      else tell(room, { upsert: list.enter(parse(el, item, codes)) });
      if (codes.includes("110") && el.attrs.type !== "unavailable") rows.update(room, { role: (item.attrs.role ?? "none") as Role, nick });
      if (rows.get(room)?.joined) rows.update(room, { people: list.occupants });
    },
    onMessage(parsed, el) {
      // Affiliations of people who are not there (XEP-0045, 9.3 and following).
      if (bare(parsed.from) !== parsed.from || rows.get(parsed.from)?.kind !== "room") return;
      for (const item of el.getChild("x", NS.mucUser)?.getChildren("item") ?? []) {
        if (item.attrs.jid) tell(parsed.from, of(parsed.from).list(bare(item.attrs.jid), (item.attrs.affiliation ?? "none") as Affiliation));
      }
    },
    methods: {
      async watchMembers(room, on) {
        const watch = watched.get(room) ?? { readers: 0, upserts: new Map(), removed: new Set(), timer: undefined };
        watched.set(room, watch);
        watch.readers = Math.max(0, watch.readers + (on ? 1 : -1));
        if (!on) return;
        context.tell("members", { room, reset: true, upserts: of(room).all(), removed: [] });
        await ask(room);
        context.tell("members", { room, reset: true, upserts: of(room).all(), removed: [] });
      },
      nicks: (room) => of(room).nicks(),
      roomsWith: (jid) => [...known].filter(([room, list]) => rows.get(room)?.joined && list.has(jid)).map(([room]) => room),
      async roomPeople(words) {
        if (stream.isOnline) await askNear();
        const wanted = words.trim().toLowerCase();
        const found = new Map<Jid, FoundPerson>();
        for (const one of [...known.values()].flatMap((list) => list.all())) {
          if (!one.jid || one.jid === context.jid || one.affiliation === "outcast" || found.has(one.jid)) continue;
          const name = one.nick ?? context.nameOf(one.jid);
          if (`${name}\n${local(one.jid)}`.toLowerCase().includes(wanted)) found.set(one.jid, { jid: one.jid, name });
          if (found.size >= FOUND_MAX) break;
        }
        return [...found.values()];
      },
      realJid: (room, nick) => of(room).find(nick)?.jid,
    },
  };
};

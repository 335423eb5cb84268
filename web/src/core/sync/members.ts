// SPDX-License-Identifier: Apache-2.0
// Who is in the rooms that are joined. Pages that show a list hear of changes in batches; affiliation lists are asked for when one
// opens, their first page (XEP-0059) at once and the others when they are wanted. XEP-0317 hats, XEP-0421 occupant ids.
import type { Affiliation, Member, MembersNews, Role } from "../../shared/rooms.ts";
import type { FoundPerson } from "../../shared/people.ts";
import type { Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { Members, type Seen } from "../model/members.ts";
import { type El, bare, h, local, number, resource, textOf } from "../xml/el.ts";
import { page } from "../xml/form.ts";
import { NS } from "../xml/ns.ts";
import { availabilityOf } from "../xml/presence.ts";

const BATCH = 100; // ms
const HATS_MAX = 10;
const FOUND_MAX = 50;
const NEAR = 8; // rooms whose people are looked for by name
const FIRST_PAGE = 100;
const NEXT_PAGE = 1000;
const BELONGING = ["owner", "admin", "member"] as const;
const LISTS = [...BELONGING, "outcast"] as const;

/** How much of an affiliation list has come; of those that are not complete. */
interface Part {
  had: number;
  total: number;
  last: string;
}

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
  const parts = new Map<Jid, Map<Affiliation, Part>>();
  const coming = new Map<Jid, Promise<void>>();

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
      context.tell("members", { room, reset: false, upserts: [...watch.upserts.values()], removed: [...watch.removed], totals: totalsOf(room) });
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

  const totalsOf = (room: Jid): MembersNews["totals"] => Object.fromEntries([...(parts.get(room) ?? [])].map(([affiliation, { total }]) => [affiliation, total]));

  const tellAll = (room: Jid): void => context.tell("members", { room, reset: true, upserts: of(room).all(), removed: [], totals: totalsOf(room) });

  /** The next page of a list; who does not know pages sends all of it. Not everybody may see them. */
  async function next(room: Jid, affiliation: Affiliation, max: number): Promise<void> {
    const open = parts.get(room) ?? new Map<Affiliation, Part>();
    parts.set(room, open);
    const { had, last } = open.get(affiliation) ?? { had: 0, last: undefined };
    const answer = await stream.request(h("iq", { type: "get", to: room }, h("query", { xmlns: NS.mucAdmin }, h("item", { affiliation }), page({ max, ...(last ? { after: last } : {}) })))).catch(() => undefined);
    const query = answer?.getChild("query", NS.mucAdmin);
    const items = query?.getChildren("item") ?? [];
    for (const item of items) if (item.attrs.jid) tell(room, of(room).list(bare(item.attrs.jid), (item.attrs.affiliation ?? "none") as Affiliation, textOf(item, "reason")));
    const set = query?.getChild("set", NS.rsm);
    const now: Part = { had: had + items.length, total: number(set?.getChildText("count")) ?? 0, last: set?.getChildText("last") ?? "" };
    if (items.length > 0 && now.last && now.had < now.total) open.set(affiliation, now);
    else open.delete(affiliation);
  }

  /** The beginning of the lists of a room. */
  async function ask(room: Jid, max: number, which: readonly Affiliation[] = LISTS): Promise<void> {
    parts.delete(room);
    await Promise.all(which.map((affiliation) => next(room, affiliation, max)));
  }

  async function show(room: Jid): Promise<void> {
    await ask(room, FIRST_PAGE);
    tellAll(room);
  }

  /** Of the rooms that were used last, whose lists nobody has asked for in this session. */
  async function askNear(): Promise<void> {
    const near = rows.all().filter((row) => row.kind === "room").toSorted((a, b) => b.time - a.time).slice(0, NEAR);
    for (const { jid } of near) if (!asked.has(jid) && !parts.has(jid) && !watched.get(jid)?.readers) asked.set(jid, ask(jid, NEXT_PAGE, BELONGING)); // a list that is open goes on by itself
    await Promise.all(near.map((row) => asked.get(row.jid)));
  }

  /** Room by room, so that who has found enough goes through no more of them. */
  function* everybody(): Generator<Member> {
    for (const list of known.values()) yield* list.all();
  }

  /** One more page of the first list that is not complete, or all there is while somebody looks. */
  async function more(room: Jid, all: boolean): Promise<void> {
    const first = (): Affiliation | undefined => LISTS.find((one) => parts.get(room)?.has(one));
    for (let one = first(); one && (watched.get(room)?.readers ?? 0) > 0; one = all ? first() : undefined) await next(room, one, NEXT_PAGE);
    tell(room, {});
  }

  return {
    onOnline: (resumed) => {
      if (resumed) return;
      known.clear();
      asked.clear();
      parts.clear();
    },
    onJoined: (room, joined) => {
      if (!joined) of(room).clearSeen();
      rows.update(room, { people: joined ? of(room).occupants : undefined });
      // Lists are often for those who are there only.
      if (joined && (watched.get(room)?.readers ?? 0) > 0) void show(room);
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
        tellAll(room);
        await show(room);
      },
      async moreMembers(room, all) {
        const before = coming.get(room);
        if (before && !all) return before;
        const now = (before ?? Promise.resolve()).then(() => more(room, all)).finally(() => {
          if (coming.get(room) === now) coming.delete(room);
        });
        coming.set(room, now);
        return now;
      },
      nicks: (room) => of(room).nicks(),
      roomsWith: (jid) => [...known].filter(([room, list]) => rows.get(room)?.joined && list.has(jid)).map(([room]) => room),
      async roomPeople(words) {
        if (stream.isOnline) await askNear();
        const wanted = words.trim().toLowerCase();
        const found = new Map<Jid, FoundPerson>();
        for (const one of everybody()) {
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

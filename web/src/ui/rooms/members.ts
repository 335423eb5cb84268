// SPDX-License-Identifier: Apache-2.0
// Members of rooms as signals, while somebody looks; and their order in the list.
import { type Signal, signal } from "@preact/signals";
import type { Member, MembersNews } from "../../shared/rooms.ts";
import type { Jid } from "../../shared/types.ts";
import { core, hear } from "../core.ts";

const lists = new Map<Jid, Signal<ReadonlyMap<string, Member> | undefined>>();

/** Everybody in a room by id; unset until it has come. */
export function members(room: Jid): Signal<ReadonlyMap<string, Member> | undefined> {
  let found = lists.get(room);
  if (!found) lists.set(room, (found = signal(undefined)));
  return found;
}

hear((name, value) => {
  if (name !== "members") return;
  const news = value as MembersNews;
  const list = members(news.room);
  const next = new Map(news.reset ? [] : list.value);
  for (const one of news.upserts) next.set(one.id, one);
  for (const id of news.removed) next.delete(id);
  list.value = next;
});

/** Asks for news of a room's members; returns the way to stop. */
export function watch(room: Jid): () => void {
  void core.watchMembers(room, true);
  return () => void core.watchMembers(room, false);
}

const SECTIONS = ["owner", "admin", "member", "none", "outcast"] as const;
export type SectionOfMembers = (typeof SECTIONS)[number];
export type MemberItem = { kind: "head"; section: SectionOfMembers; count: number } | { kind: "member"; member: Member };

/** What is shown of somebody. */
export const memberName = (one: Member): string => one.nick ?? (one.jid ?? one.id).split("@")[0] ?? one.id;

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Sections by affiliation, in each who is there before who is away, by name. */
export function memberItems(all: Iterable<Member>, words: string): MemberItem[] {
  const typed = words.trim().toLowerCase();
  const parts = new Map<SectionOfMembers, Member[]>(SECTIONS.map((one) => [one, []]));
  for (const one of all) {
    if (typed && !memberName(one).toLowerCase().includes(typed) && !one.jid?.includes(typed)) continue;
    parts.get(one.affiliation)?.push(one);
  }
  return [...parts].flatMap(([section, people]): MemberItem[] => {
    if (people.length === 0) return [];
    const named = people.map((member) => ({ member, away: member.availability === "offline" ? 1 : 0, name: memberName(member) }));
    named.sort((a, b) => a.away - b.away || collator.compare(a.name, b.name));
    return [{ kind: "head", section, count: people.length }, ...named.map(({ member }): MemberItem => ({ kind: "member", member }))];
  });
}

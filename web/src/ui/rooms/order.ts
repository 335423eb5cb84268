// SPDX-License-Identifier: Apache-2.0
// Members of a room in the order in which a list shows them. Pure.
import type { Member, MembersNews } from "../../shared/rooms.ts";

/** How many have an affiliation, where not all of them are here yet. */
export type Totals = MembersNews["totals"];

const SECTIONS = ["owner", "admin", "member", "none", "outcast"] as const;
export type SectionOfMembers = (typeof SECTIONS)[number];
export type MemberItem = { kind: "head"; section: SectionOfMembers; count: number } | { kind: "member"; member: Member };

/** What is shown of somebody. */
export const memberName = (one: Member): string => one.nick ?? (one.jid ?? one.id).split("@")[0] ?? one.id;

const PLAIN_FROM = 2000; // people of a section: sorting them as people would takes too long
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

const plain = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Sections by affiliation, in each who is there before who is away, by name. Heads say how many there are, here or not. */
export function memberItems(all: Iterable<Member>, words: string, known: Totals = {}): MemberItem[] {
  const typed = words.trim().toLowerCase();
  const parts = new Map<SectionOfMembers, Member[]>(SECTIONS.map((one) => [one, []]));
  for (const one of all) {
    if (typed && !memberName(one).toLowerCase().includes(typed) && !one.jid?.includes(typed)) continue;
    parts.get(one.affiliation)?.push(one);
  }
  return [...parts].flatMap(([section, people]): MemberItem[] => {
    if (people.length === 0) return [];
    const named = people.map((member) => ({ member, away: member.availability === "offline" ? 1 : 0, name: memberName(member) }));
    const compare = people.length < PLAIN_FROM ? collator.compare : plain;
    named.sort((a, b) => a.away - b.away || compare(a.name, b.name));
    return [{ kind: "head", section, count: Math.max(people.length, typed || section === "none" ? 0 : (known[section] ?? 0)) }, ...named.map(({ member }): MemberItem => ({ kind: "member", member }))];
  });
}

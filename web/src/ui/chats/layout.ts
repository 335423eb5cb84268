// SPDX-License-Identifier: Apache-2.0
// Which row stands where in the list: pure, so that it can be tested without a page.
import type { Conversation, Jid } from "../../shared/types.ts";
import { isMuted } from "../../shared/waits.ts";

export const SECTIONS = ["unread", "starred", "rooms", "people"] as const;
export type SectionName = (typeof SECTIONS)[number];
export type Layout = Record<SectionName, Conversation[]>;

/** Where a row belongs when nothing in it is unread. */
export const homeOf = (row: Conversation): SectionName => (row.pinned ? "starred" : row.kind === "room" ? "rooms" : "people");

/** Where a row belongs now. */
export const sectionOf = (row: Conversation): SectionName => (!isMuted(row) && (row.unread > 0 || row.marked) ? "unread" : homeOf(row));

/** Whether a row that was hidden has to be seen again. */
export const isShown = (row: Conversation): boolean => row.hiddenAt === undefined || row.time > row.hiddenAt || row.unread > 0 || row.marked;

const byTime = (a: Conversation, b: Conversation): number => b.time - a.time || a.name.localeCompare(b.name);
const byOrder = (a: Conversation, b: Conversation): number =>
  a.order === undefined || b.order === undefined ? Number(a.order === undefined) - Number(b.order === undefined) || byTime(a, b) : a.order - b.order || byTime(a, b);

/** What is open stays in the section where it was when it was opened. */
export interface Opened {
  jid: Jid;
  section: SectionName;
}

/** All sections: what was arranged by hand comes first, the rest by time. What waits goes by time alone. */
export function layOut(rows: readonly Conversation[], opened?: Opened): Layout {
  const layout: Layout = { unread: [], starred: [], rooms: [], people: [] };
  for (const row of rows) {
    if (row.jid === opened?.jid) layout[opened.section === "unread" ? "unread" : homeOf(row)].push(row);
    else if (isShown(row)) layout[sectionOf(row)].push(row);
  }
  for (const name of SECTIONS) layout[name].sort(name === "unread" ? byTime : byOrder);
  return layout;
}

/** The same rows, but in the places that they had: what is new comes in front, what was arranged goes where it belongs. While somebody points at the list. */
export function keepPlaces(next: Layout, before: Layout): Layout {
  const was = new Map<Jid, { name: SectionName; at: number; row: Conversation }>();
  for (const name of SECTIONS) for (const [at, row] of before[name].entries()) was.set(row.jid, { name, at, row });
  const layout: Layout = { unread: [], starred: [], rooms: [], people: [] };
  const places = new Map<Jid, number>();
  for (const name of SECTIONS) {
    for (const [at, row] of next[name].entries()) {
      const old = was.get(row.jid);
      const isSame = old !== undefined && homeOf(old.row) === homeOf(row) && old.row.order === row.order;
      layout[isSame ? old.name : name].push(row);
      places.set(row.jid, isSame ? old.at : old ? at : -1);
    }
  }
  for (const name of SECTIONS) layout[name].sort((a, b) => (places.get(a.jid) ?? -1) - (places.get(b.jid) ?? -1));
  return layout;
}

/** What has to be said so that a row of a section stands at another place: `to` counts without the row itself. */
export function ordersFor(rows: readonly Conversation[], jid: Jid, to: number): { jid: Jid; order: number }[] {
  const others = rows.filter((row) => row.jid !== jid);
  const at = Math.max(0, Math.min(others.length, to));
  const [before, after] = [others[at - 1], others[at]];
  if (at === 0) return [{ jid, order: (after?.order ?? 1) - 1 }];
  if (before?.order !== undefined) return [{ jid, order: after?.order === undefined ? before.order + 1 : (before.order + after.order) / 2 }];
  // Those above go by time still: they get places, too, or they would fall below.
  const first = others.findIndex((row) => row.order === undefined);
  const start = (others[first - 1]?.order ?? 0) + 1;
  return [...others.slice(first, at).map((row, step) => ({ jid: row.jid, order: start + step })), { jid, order: start + at - first }];
}

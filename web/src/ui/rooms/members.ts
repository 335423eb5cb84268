// SPDX-License-Identifier: Apache-2.0
// Members of rooms as signals, while somebody looks.
import { type Signal, batch, signal } from "@preact/signals";
import type { Member, MembersNews } from "../../shared/rooms.ts";
import type { Jid } from "../../shared/types.ts";
import { core, hear } from "../core.ts";
import type { Totals } from "./order.ts";

const lists = new Map<Jid, Signal<ReadonlyMap<string, Member> | undefined>>();

const rest = new Map<Jid, Signal<Totals>>();

/** Of the lists of a room that are not complete. */
export function totals(room: Jid): Signal<Totals> {
  let found = rest.get(room);
  if (!found) rest.set(room, (found = signal({})));
  return found;
}

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
  batch(() => {
    list.value = next;
    totals(news.room).value = news.totals;
  });
});

/** Asks for news of a room's members; returns the way to stop. */
export function watch(room: Jid): () => void {
  void core.watchMembers(room, true);
  return () => void core.watchMembers(room, false);
}

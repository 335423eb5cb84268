// SPDX-License-Identifier: Apache-2.0
// What the page knows, as signals; only the worker's news change it.
import { type ReadonlySignal, type Signal, computed, signal } from "@preact/signals";
import type { AccountNews, LogNews } from "../shared/api.ts";
import type { RoomTrouble } from "../shared/rooms.ts";
import type { Conversation, Jid, Me, Message } from "../shared/types.ts";
import { waitsFor } from "../shared/waits.ts";
import { core, hear } from "./core.ts";
import { recall, remember } from "./kit/memory.ts";
import { route } from "./router.ts";

export const accounts = signal<Jid[] | undefined>(undefined);
/** All accounts with what waits in them. */
export const accountNews = signal<AccountNews[]>([]);
export const me = signal<Me | undefined>(undefined);
const rows = new Map<Jid, Signal<Conversation>>();
/** Counts up when rows come or go. */
const rowsVersion = signal(0);
/** Why a room could not be joined. */
export const roomFaults = signal<Record<Jid, RoomTrouble>>({});

/** One row; unset while it is not known. */
export function row(jid: Jid): Conversation | undefined {
  void rowsVersion.value;
  return rows.get(jid)?.value;
}

/** Presence of the person of a chat; of who is no contact nothing is known. */
export const knownPresence = (row: Conversation): Conversation["availability"] =>
  row.kind === "chat" && (row.contact === "both" || row.contact === "to" || (row.availability !== undefined && row.availability !== "offline")) ? (row.availability ?? "offline") : undefined;

const myPicture = computed(() => me.value?.avatar);

const pictures = new Map<Jid, ReadonlySignal<string | undefined>>();

/** The picture of somebody whose address is known; `mine`: of oneself. Who draws it is drawn again when it changes, not with all that changes in the row. */
export function pictureOf(jid: Jid, mine = false): string | undefined {
  if (mine) return myPicture.value;
  let found = pictures.get(jid);
  if (!found) pictures.set(jid, (found = computed(() => row(jid)?.avatar)));
  return found.value;
}

/** All rows, newest first. */
export const conversations = computed(() => {
  void rowsVersion.value;
  return [...rows.values()].map((one) => one.value).toSorted((a, b) => b.time - a.time || a.name.localeCompare(b.name));
});

/** The conversation that is shown. */
export const current = computed(() => (route.value.view === "c" ? route.value.rest : undefined));

/** The title's number: conversations that wait for me. */
export const waiting = computed(() => conversations.value.reduce((sum, one) => sum + waitsFor(one), 0));

export interface LogState {
  messages: Message[];
  atStart: boolean;
  firstUnread?: string;
}

const logs = new Map<Jid, Signal<LogState | undefined>>();

/** The log of a conversation; unset until it has come. */
export function log(jid: Jid): Signal<LogState | undefined> {
  let found = logs.get(jid);
  if (!found) {
    found = signal(undefined);
    logs.set(jid, found);
  }
  return found;
}

/** Logs that this page shows; what other pages ask for is not for it. */
const shown = new Set<Jid>();

/** Shows the log of a conversation from now on; nothing of an earlier time is left in it. */
export function openLog(jid: Jid): () => void {
  shown.add(jid);
  void core.open(jid);
  return () => {
    shown.delete(jid);
    log(jid).value = undefined;
    void core.close(jid);
  };
}

/** What is known and what has changed, together. */
export function merge(before: LogState | undefined, news: LogNews): LogState {
  const known = new Map(news.reset ? [] : before?.messages.map((one) => [one.key, one]));
  for (const one of news.upserts) known.set(one.key, one);
  for (const key of news.removed) known.delete(key);
  const messages = [...known.values()].toSorted((a, b) => a.order - b.order);
  const firstUnread = news.firstUnread ?? before?.firstUnread;
  return { messages, atStart: news.atStart, ...(firstUnread ? { firstUnread } : {}) };
}

hear((name, value) => {
  if (name === "again") void rejoin();
  if (name === "me") me.value = value as Me;
  if (name === "accounts") accountNews.value = value as AccountNews[];
  if (name === "conversations") {
    let isNew = false;
    for (const one of value as Conversation[]) {
      const known = rows.get(one.jid);
      if (known) known.value = one;
      else {
        rows.set(one.jid, signal(one));
        isNew = true;
      }
    }
    if (isNew) rowsVersion.value++;
  }
  if (name === "gone") {
    for (const jid of value as Jid[]) rows.delete(jid);
    rowsVersion.value++;
  }
  if (name === "log" && (value as LogNews).window === undefined) {
    const news = value as LogNews;
    const state = log(news.conversation);
    if (shown.has(news.conversation) && (state.value || news.reset)) state.value = merge(state.value, news);
  }
  if (name === "roomFault") {
    const trouble = value as RoomTrouble;
    roomFaults.value = { ...roomFaults.value, [trouble.room]: trouble };
  }
});

/** Forgets everything, for another account. */
export function forget(): void {
  rows.clear();
  logs.clear();
  me.value = undefined;
  rowsVersion.value++;
}

/** Brings an account to the page. */
export async function choose(jid: Jid): Promise<void> {
  forget();
  await core.choose(jid);
  remember("account", jid);
}

/** Which accounts there are; chooses the one of last time. */
export async function start(): Promise<void> {
  const all = await core.accounts();
  const last = all.find((jid) => jid === recall("account")) ?? all[0];
  if (last) await choose(last);
  accounts.value = all;
}

/** Counts up when all that was opened must be opened again. */
export const lives = signal(0);

/** The same account at another worker; what is shown stays until it has been told anew. */
async function rejoin(): Promise<void> {
  const mine = me.peek()?.jid;
  const all = await core.accounts();
  if (!mine || !all.includes(mine)) return start();
  await core.choose(mine);
  accounts.value = all;
  lives.value++;
}

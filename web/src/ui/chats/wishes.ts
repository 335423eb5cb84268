// SPDX-License-Identifier: Apache-2.0
// What one does about a conversation from the list, the switcher or the catch-up page: star, mute, move, hide, mark, leave.
import type { Wish } from "../../shared/api.ts";
import { Refusal } from "../../shared/rpc.ts";
import type { Conversation, Jid, Notify } from "../../shared/types.ts";
import { isMuted } from "../../shared/waits.ts";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { confirm, type MenuEntry, toast, toastUndo } from "../kit/index.ts";
import { go, pathOf } from "../router.ts";
import { conversations, current } from "../state.ts";
import { homeOf, ordersFor } from "./layout.ts";
import { listed } from "./listed.ts";

const HOUR = 3_600_000;
const MORNING = 8; // o'clock

/** Says it when something could not be done. */
export const orSay = (done: Promise<unknown>): void =>
  void done.catch((why: unknown) => toast(faultText(why instanceof Refusal ? why.fault : "refused"), { icon: "warning" }));

/** Says what is wished. */
export const wish = (jid: Jid, what: Wish): void => orSay(core.arrange(jid, what));

/** Eight in the morning of the next day. */
export function tomorrow(now = new Date()): number {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, MORNING).getTime();
}

export const star = (row: Conversation): void => wish(row.jid, { pinned: !row.pinned, order: null });
export const unmute = (row: Conversation): void => wish(row.jid, { notify: null, mutedUntil: null });
export const setNotify = (row: Conversation, notify: Notify): void => wish(row.jid, { notify, mutedUntil: null });

/** Quiet for a time, or for ever; can be undone. */
export function mute(row: Conversation, until: number | null): void {
  wish(row.jid, { notify: "never", mutedUntil: until });
  toastUndo(t("list.muted", { name: row.name }), () => wish(row.jid, { notify: row.notify ?? null, mutedUntil: null }));
}

/** Everything in it was read. */
export const markRead = (row: Conversation): void => orSay(core.markUnread(row.jid, false));
export const markUnread = (row: Conversation): void => orSay(core.markUnread(row.jid, true));

/** All that waits, after one question less: it can be seen which ones they were. */
export function markAllRead(): void {
  const all = conversations.value.filter((row) => row.unread > 0 || row.marked);
  for (const row of all) markRead(row);
  if (all.length > 0) toast(t("list.all-read", { n: all.length }), { icon: "double-check" });
}

/** Out of the list until something is said there. */
export function hide(row: Conversation): void {
  wish(row.jid, { hiddenAt: Math.max(Date.now(), row.time) });
  if (current.value === row.jid) go("/");
  toastUndo(t("list.hidden", { name: row.name }), () => wish(row.jid, { hiddenAt: null }));
}

/** To another place of its section. */
export function moveTo(row: Conversation, to: number): void {
  for (const { jid, order } of ordersFor(listed.value[homeOf(row)], row.jid, to)) wish(jid, { order });
}

/** One place up (-1) or down (1); false at the end. */
export function moveBy(row: Conversation, step: 1 | -1): boolean {
  const section = listed.value[homeOf(row)];
  const at = section.findIndex((one) => one.jid === row.jid);
  if (at < 0 || at + step < 0 || at + step >= section.length) return false;
  moveTo(row, at + step);
  return true;
}

async function leave(row: Conversation): Promise<void> {
  if (!(await confirm({ title: t("list.leave-title", { name: row.name }), text: t("list.leave-text"), action: t("list.leave"), danger: true }))) return;
  if (current.value === row.jid) go("/");
  orSay(core.leave(row.jid));
}

/** The menu of a row; `isInside`: that of the conversation itself, which has no place to be moved from. */
export function menuOf(row: Conversation, isInside = false): (MenuEntry | false)[] {
  const isRead = row.unread === 0 && !row.marked;
  const level = row.notify ?? (row.kind === "chat" ? "all" : "mention");
  const muted = isMuted(row);
  return [
    !isInside && current.value !== row.jid && { label: t("list.open"), icon: "chat", run: () => go(pathOf(row.jid)) },
    isRead ? { label: t("list.mark-unread"), icon: "mail", run: () => markUnread(row) } : { label: t("list.mark-read"), icon: "double-check", run: () => markRead(row) },
    { label: t(row.pinned ? "list.unstar" : "list.star"), icon: row.pinned ? "star-fill" : "star", run: () => star(row) },
    "line",
    muted && { label: t("list.unmute"), icon: "bell", run: () => unmute(row) },
    !muted && { label: t("list.mute-hour"), icon: "bell-off", run: () => mute(row, Date.now() + HOUR) },
    !muted && { label: t("list.mute-tomorrow"), icon: "moon", run: () => mute(row, tomorrow()) },
    !muted && { label: t("list.mute"), icon: "bell-off", run: () => mute(row, null) },
    row.kind === "room" && !muted && { heading: t("room-details.notify") },
    row.kind === "room" && !muted && { label: t("notify.all"), radio: true, checked: level === "all", run: () => setNotify(row, "all") },
    row.kind === "room" && !muted && { label: t("notify.mention"), radio: true, checked: level === "mention", run: () => setNotify(row, "mention") },
    "line",
    !isInside && { label: t("list.up"), icon: "arrow-up", run: () => void moveBy(row, -1) },
    !isInside && { label: t("list.down"), icon: "arrow-down", run: () => void moveBy(row, 1) },
    { label: t("list.hide"), icon: "eye-off", run: () => hide(row) },
    row.kind === "room" && { label: t("list.leave"), icon: "logout", danger: true, run: () => void leave(row) },
  ];
}

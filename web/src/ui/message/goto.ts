// SPDX-License-Identifier: Apache-2.0
// The way to a message or a day: in the log when it is there, by paging back when it is near, else in a window.
import { signal } from "@preact/signals";
import type { Jid, Message } from "../../shared/types.ts";
import { core } from "../core.ts";
import { go, pathOf } from "../router.ts";
import { log, row } from "../state.ts";
import { sayFault } from "./actions.ts";
import { leaveWindow, openWindow, shownWindow } from "./window.ts";
import { Refusal } from "../../shared/rpc.ts";

/** Pages of the past that are read to find what only its sender's id names. */
const PAGES = 6;

export interface Goal {
  conversation: Jid;
  key: string;
  /** Shows it for a moment, and brings the focus there. */
  marks: boolean;
}

/** Where the log shall go; it takes it away when it is there. */
export const goal = signal<Goal | undefined>(undefined);

/** The same for the pane of a thread. */
export const threadGoal = signal<{ root: string; key: string; archive: string | undefined } | undefined>(undefined);

/** Answers in threads stand beside the log; the place that led here is left as it was. */
function goBeside(conversation: Jid, found: Message | undefined): boolean {
  if (!found?.root || found.also) return false;
  threadGoal.value = { root: found.root, key: found.key, archive: found.archive };
  go(`${pathOf(conversation)}?${new URLSearchParams({ pane: "thread", of: found.root })}`, true);
  return true;
}

const names = (one: Message, ref: string): boolean => one.key === ref || one.archive === ref || one.ref === ref || one.id === ref;

function inLog(conversation: Jid, ref: string): Message | undefined {
  const all = log(conversation).peek()?.messages ?? [];
  return all.find((one) => one.key === ref || one.archive === ref) ?? all.find((one) => names(one, ref));
}

/** True: it is in what is shown now, or in the log. */
function goHere(conversation: Jid, ref: string): boolean {
  const window = shownWindow.peek();
  const inWindow = window?.conversation === conversation ? window.messages.find((one) => names(one, ref)) : undefined;
  const found = inWindow ?? inLog(conversation, ref);
  if (!found) return false;
  if (goBeside(conversation, found)) return true;
  if (!inWindow) leaveWindow();
  goal.value = { conversation, key: found.key, marks: true };
  return true;
}

/** To a message by any id that names it. */
export async function goTo(conversation: Jid, ref: string): Promise<void> {
  if (goHere(conversation, ref)) return;
  try {
    const key = await openWindow(conversation, { ref });
    if (key && !goBeside(conversation, shownWindow.peek()?.messages.find((one) => one.key === key))) goal.value = { conversation, key, marks: true };
  } catch (why) {
    if (!(why instanceof Refusal) || why.fault !== "not-there") return sayFault(why);
    for (let pages = 0; pages < PAGES && !log(conversation).peek()?.atStart; pages++) {
      await core.older(conversation).catch(() => undefined);
      if (goHere(conversation, ref)) return;
    }
    sayFault(why);
  }
}

/** To the first message of a day, or after it. */
export async function goToTime(conversation: Jid, time: number): Promise<void> {
  const state = log(conversation).peek();
  const found = state?.messages.find((one) => one.time >= time);
  if (found && (state?.atStart || (state?.messages[0] && state.messages[0].time < time))) {
    leaveWindow();
    goal.value = { conversation, key: found.key, marks: true };
    return;
  }
  try {
    const key = await openWindow(conversation, { time });
    if (key) goal.value = { conversation, key, marks: true };
  } catch (why) {
    sayFault(why);
  }
}

/** To the first that was not read when it was opened, if it is known where that is. */
export async function goToUnread(conversation: Jid): Promise<void> {
  const first = log(conversation).peek()?.firstUnread;
  const displayed = row(conversation)?.displayed;
  if (first) goal.value = { conversation, key: first, marks: false };
  else if (displayed) {
    await goTo(conversation, displayed);
    markFirst(conversation, displayed);
  }
}

/** The line stands behind what was displayed last. */
function markFirst(conversation: Jid, displayed: string): void {
  const window = shownWindow.peek();
  const state = window ?? log(conversation).peek();
  const at = state?.messages.findIndex((one) => one.archive === displayed) ?? -1;
  const first = at >= 0 ? state?.messages.slice(at + 1).find((one) => !one.from.mine)?.key : undefined;
  if (!state || !first) return;
  if (window) shownWindow.value = { ...window, firstUnread: first };
  else log(conversation).value = { ...state, firstUnread: first };
  goal.value = { conversation, key: first, marks: false };
}

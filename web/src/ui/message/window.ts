// SPDX-License-Identifier: Apache-2.0
// A window into the middle of a conversation, instead of its end: where a link, a quote or a date leads when it is not in the log.
import { signal } from "@preact/signals";
import type { LogNews } from "../../shared/api.ts";
import type { Jid } from "../../shared/types.ts";
import { core, hear } from "../core.ts";
import { type LogState, merge } from "../state.ts";

export interface WindowState extends LogState {
  id: string;
  conversation: Jid;
  atEnd: boolean;
}

/** The one of this page. */
export const shownWindow = signal<WindowState | undefined>(undefined);
/** What came before the answer that tells its id; of this or of another page. */
let early: LogNews[] = [];
let asking = 0;

function take(news: LogNews): void {
  const before = shownWindow.peek();
  shownWindow.value = { ...merge(before, news), id: news.window ?? "", conversation: news.conversation, atEnd: news.atEnd ?? before?.atEnd ?? false };
}

hear((name, value) => {
  const news = value as LogNews;
  if (name !== "log" || news.window === undefined) return;
  if (news.window === shownWindow.peek()?.id) take(news);
  else if (asking > 0) early.push(news);
});

/** Back to the log itself. */
export function leaveWindow(): void {
  const id = shownWindow.peek()?.id;
  shownWindow.value = undefined;
  if (id !== undefined) void core.closeWindow(id);
}

/** Opens one; the key of the message that was meant, if there is one. */
export async function openWindow(conversation: Jid, at: { ref: string } | { time: number }): Promise<string | undefined> {
  asking++;
  try {
    const { id, target } = await core.openWindow(conversation, at);
    leaveWindow();
    const mine = early.filter((news) => news.window === id);
    for (const news of mine) {
      if (news.reset || shownWindow.peek()?.id === id) take(news);
    }
    return target;
  } finally {
    if (--asking === 0) early = [];
  }
}

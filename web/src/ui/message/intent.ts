// SPDX-License-Identifier: Apache-2.0
// What the next words of a conversation are meant for: an answer to a message, or another text of one's own.
import { signal } from "@preact/signals";
import type { Jid, Message } from "../../shared/types.ts";

export interface Intent {
  kind: "reply" | "edit";
  message: Message;
}

/** By conversation; in a thread by conversation, a blank and the thread's id. */
export const intents = signal<Record<Jid, Intent | undefined>>({});

/** Sets it, or takes it away; the composer takes the focus. */
export function intend(conversation: Jid, intent?: Intent): void {
  intents.value = { ...intents.value, [conversation]: intent };
  if (intent) document.getElementById("composer")?.focus();
}

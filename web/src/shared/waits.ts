// SPDX-License-Identifier: Apache-2.0
// What of a conversation waits for the user. The counts are the server's; this only says which of them concern him.
import type { Conversation } from "./types.ts";

/** Quiet, for ever or for now. */
export const isMuted = (row: Conversation): boolean => row.notify === "never" && (!row.mutedUntil || row.mutedUntil > Date.now());

/** Messages that wait: all of a chat and of a room that may always notify, mentions in the others, none where it is quiet. */
export function waitsFor(row: Conversation): number {
  if (isMuted(row)) return 0;
  return row.kind === "chat" || row.notify === "all" ? row.unread : row.mentions;
}

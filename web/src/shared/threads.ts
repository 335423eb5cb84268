// SPDX-License-Identifier: Apache-2.0
// Threads that are followed, and messages that are kept for later.
import type { Jid } from "./types.ts";

export interface Thread {
  conversation: Jid;
  /** Ref of its first message. */
  root: string;
  title: string;
  /** When the newest that was seen was said, milliseconds since 1970; never goes back. */
  seen: number;
  unread: number;
}

export interface Kept {
  conversation: Jid;
  archive: string;
  /** Its first words. */
  line: string;
  /** When it was put here. */
  time: number;
}

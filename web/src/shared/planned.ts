// SPDX-License-Identifier: Apache-2.0
// What the server keeps until its time has come (docs/later.md).
import type { Jid } from "./types.ts";

export interface Planned {
  id: string;
  /** Whom it goes to. */
  conversation: Jid;
  /** Milliseconds since 1970. */
  at: number;
  /** Its words, without what it answers. */
  text: string;
  files: number;
  /** It could not be sent; the condition that came back. */
  failed?: string;
  /** It is for myself, about this message. */
  about?: { conversation: Jid; archive: string };
}

// SPDX-License-Identifier: Apache-2.0
// Pinned messages (docs/pins.md), as page and worker tell each other.
import type { Jid, Message } from "./types.ts";

/** Who may change the list of a room. */
export type PinRight = "moderators" | "members" | "participants";

/** That a message is pinned. */
export interface PinMark {
  /** Of the message: its id in the archive of a room, its sender's in a chat. */
  ref: string;
  /** Who has pinned it. */
  by: string;
  mine: boolean;
  /** When it was pinned, milliseconds since 1970. */
  time: number;
}

/** What is pinned in a conversation, newest first. */
export interface PinsNews {
  conversation: Jid;
  marks: PinMark[];
  /** Of rooms; unset where there is no such list. Chats: both may. */
  right?: PinRight;
}

/** One of them with the message, as it is now. */
export interface Pin extends PinMark {
  message: Message;
}

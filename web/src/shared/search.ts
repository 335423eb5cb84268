// SPDX-License-Identifier: Apache-2.0
// Results of a search.
import type { ConversationKind, FileInfo, Jid } from "./types.ts";

export interface Line {
  name: string;
  mine: boolean;
  time: number;
  text: string;
}

export interface Hit extends Line {
  conversation: Jid;
  kind: ConversationKind;
  /** Name of the conversation. */
  where: string;
  /** Id in the archive of the conversation, for the permalink. */
  archive: string;
  files: FileInfo[];
  before: Line[];
  after: Line[];
}

export interface Found {
  hits: Hit[];
  /** Where the next page begins; unset: that was all. */
  next?: string;
  /** The server is still making its index: there may be more. */
  isPartial: boolean;
}

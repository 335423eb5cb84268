// SPDX-License-Identifier: Apache-2.0
// People as the page sees them.
import type { Availability, Jid } from "./types.ts";

export interface FoundPerson {
  jid: Jid;
  name: string;
}

/** Somebody wants to be a contact. */
export interface Request extends FoundPerson {
  text?: string;
}

/** Somebody unknown who waits in the quiet box. */
export interface Stranger {
  jid: Jid;
  /** When he sent something last, milliseconds. */
  last: number;
  /** He wants to be a contact. */
  asks: boolean;
  messages: number;
  /** Messages that the box had no room for. */
  lost: number;
}

/** What one of them has sent. */
export interface StrangerWord {
  time: number;
  text: string;
  /** How many files come with it. */
  files: number;
  /** It is his request. */
  asks: boolean;
}

export interface MyStatus {
  availability: Availability | "invisible";
  text?: string;
  emoji?: string;
  /** When it ends, milliseconds since 1970. */
  until?: number;
}

export interface Card {
  jid: Jid;
  /** Fields of the vCard by their names there. */
  facts: Record<string, string>;
  /** Offset of their clock, "+02:00". */
  zone?: string;
}

/** An invitation to this server. */
export interface Invitation {
  token: string;
  /** For other clients (XEP-0379, XEP-0401). */
  uri: string;
  /** Else it only makes a contact of somebody who has an account. */
  makesAccount: boolean;
}

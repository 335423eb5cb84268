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

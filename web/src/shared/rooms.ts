// SPDX-License-Identifier: Apache-2.0
// Rooms and who is in them, as the page sees them.
import type { Availability, Fault, Jid } from "./types.ts";

export type Affiliation = "owner" | "admin" | "member" | "none" | "outcast";
export type Role = "moderator" | "participant" | "visitor" | "none";

/** Somebody who is in a room, belongs to it, or both. */
export interface Member {
  /** The real address, or the one in the room where that is hidden. */
  id: string;
  jid?: Jid;
  /** Unset: not in the room now. */
  nick?: string;
  occupant?: string;
  affiliation: Affiliation;
  role: Role;
  availability: Availability;
  status?: string;
  /** XEP-0317: titles that the room has given. */
  hats: string[];
  /** Why somebody was banned. */
  reason?: string;
  mine: boolean;
}

export interface MembersNews {
  room: Jid;
  /** Replaces all; else only what has changed. */
  reset: boolean;
  upserts: Member[];
  removed: string[];
  /** How many have an affiliation, where not all of them are here yet (moreMembers). */
  totals: Partial<Record<Affiliation, number>>;
}

export interface RoomInfo {
  jid: Jid;
  name: string;
  description?: string;
  occupants?: number;
  /** Words of its configuration, such as "muc_membersonly". */
  features: string[];
  contact?: string;
}

export interface FoundRoom {
  jid: Jid;
  name: string;
  description?: string;
  people?: number;
  isOpen: boolean;
}

export interface NewRoom {
  name: string;
  /** Everybody may find and enter it. */
  isPublic: boolean;
  topic?: string;
  members: Jid[];
}

/** Somebody invites me, or asks for something in a room where I decide. */
export interface Ask {
  id: string;
  kind: "invited" | "voice" | "member";
  room: Jid;
  roomName: string;
  /** Bare; of an invitation in a room that hides addresses: in the room. */
  who: Jid;
  whoName: string;
  reason?: string;
}

/** Why one is not in a room. */
export interface RoomTrouble {
  room: Jid;
  fault: Fault;
  /** What whoever did it said. */
  reason?: string;
  /** The room is gone, and this one is there instead. */
  successor?: Jid;
}

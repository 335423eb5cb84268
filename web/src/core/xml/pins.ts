// SPDX-License-Identifier: Apache-2.0
// Pins in stanzas (docs/pins.md).
import type { PinRight } from "../../shared/pins.ts";
import { type El, h, time } from "./el.ts";
import { NS } from "./ns.ts";

/** What a message says of a pin: that of a room itself (`pinned`), or of a person in a chat (`pin`). */
export interface ParsedPin {
  ref: string;
  on: boolean;
  isRooms: boolean;
  /** In rooms: address of the occupant. */
  by?: string;
  occupant?: string;
  /** In chats: when the message was sent. */
  at?: number;
}

const KINDS = [["pinned", true, true], ["unpinned", false, true], ["pin", true, false], ["unpin", false, false]] as const;

/** The first that is there. */
export function parsePin(el: El): ParsedPin | undefined {
  for (const [name, on, isRooms] of KINDS) {
    const found = el.getChild(name, NS.pins);
    const ref = found?.attrs.id;
    if (!found || !ref) continue;
    const [occupant, at] = [found.getChild("occupant-id", NS.occupant)?.attrs.id, time(found.attrs.at)];
    return { ref, on, isRooms, ...(found.attrs.by ? { by: found.attrs.by } : {}), ...(occupant ? { occupant } : {}), ...(at === undefined ? {} : { at }) };
  }
  return undefined;
}

/** Pins a message of a chat, or no longer. */
export const pinEl = (ref: string, at: number, on: boolean): El =>
  h(on ? "pin" : "unpin", { xmlns: NS.pins, id: ref, ...(on ? { at: new Date(at).toISOString() } : {}) });

const RIGHTS: readonly string[] = ["moderators", "members", "participants"] satisfies PinRight[];

/** A right as a room says it. */
export const readRight = (word: string | undefined): PinRight | undefined => (word && RIGHTS.includes(word) ? (word as PinRight) : undefined);

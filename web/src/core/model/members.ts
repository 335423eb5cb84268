// SPDX-License-Identifier: Apache-2.0
// Who is in a room (presence) and who belongs to it (affiliations), as one list by address. Pure.
import type { Affiliation, Member, Role } from "../../shared/rooms.ts";
import type { Availability } from "../../shared/types.ts";

export interface Seen {
  nick: string;
  jid?: string;
  occupant?: string;
  affiliation: Affiliation;
  role: Role;
  availability: Availability;
  status?: string;
  hats: string[];
  mine: boolean;
}

const RANK: Record<Availability, number> = { available: 0, busy: 1, away: 2, offline: 3 };

export class Members {
  private readonly room: string;
  private readonly seen = new Map<string, Seen>();
  /** The same by address: somebody may be there with several clients under several names. */
  private readonly here = new Map<string, Set<Seen>>();
  private readonly listed = new Map<string, { affiliation: Affiliation; reason?: string }>();

  constructor(room: string) {
    this.room = room;
  }

  /** Address by which somebody is known: real, else in the room. */
  private idOf = (one: { jid?: string; nick: string }): string => one.jid ?? `${this.room}/${one.nick}`;

  get occupants(): number {
    return this.seen.size;
  }
  find = (nick: string): Seen | undefined => this.seen.get(nick);
  nicks = (): string[] => [...this.seen.keys()];

  /** Whether somebody is in the room or belongs to it, as far as addresses are known. */
  has(jid: string): boolean {
    const listed = this.listed.get(jid);
    return (listed !== undefined && listed.affiliation !== "outcast") || this.here.has(jid);
  }

  /** Takes a nick out; who had it. */
  private drop(nick: string): Seen | undefined {
    const one = this.seen.get(nick);
    if (!one) return undefined;
    this.seen.delete(nick);
    const id = this.idOf(one);
    const others = this.here.get(id);
    others?.delete(one);
    if (others?.size === 0) this.here.delete(id);
    return one;
  }

  /** Somebody came, or changed; returns what to tell. */
  enter(one: Seen): Member {
    this.drop(one.nick);
    this.seen.set(one.nick, one);
    const id = this.idOf(one);
    this.here.set(id, (this.here.get(id) ?? new Set()).add(one));
    if (one.jid && one.affiliation !== "none") this.listed.set(one.jid, { affiliation: one.affiliation });
    return this.member(id);
  }

  /** Somebody left: gone, or a member who is away now. */
  leave(nick: string): { gone?: string; upsert?: Member } {
    const one = this.drop(nick);
    if (!one) return {};
    const id = this.idOf(one);
    return this.here.has(id) || this.listed.has(id) ? { upsert: this.member(id) } : { gone: id };
  }

  /** An affiliation list, or one entry of it. */
  list(jid: string, affiliation: Affiliation, reason?: string): { gone?: string; upsert?: Member } {
    if (affiliation === "none") this.listed.delete(jid);
    else this.listed.set(jid, { affiliation, ...(reason ? { reason } : {}) });
    return affiliation === "none" && !this.here.has(jid) ? { gone: jid } : { upsert: this.member(jid) };
  }

  clearSeen(): void {
    this.seen.clear();
    this.here.clear();
  }

  private member(id: string): Member {
    const here = [...(this.here.get(id) ?? [])].toSorted((a, b) => RANK[a.availability] - RANK[b.availability])[0];
    const listed = this.listed.get(id);
    const jid = here?.jid ?? (id.startsWith(`${this.room}/`) ? undefined : id);
    return {
      id, affiliation: here?.affiliation ?? listed?.affiliation ?? "none", role: here?.role ?? "none", availability: here?.availability ?? "offline", hats: here?.hats ?? [],
      mine: here?.mine ?? false, ...(jid ? { jid } : {}), ...(here ? { nick: here.nick } : {}), ...(here?.occupant ? { occupant: here.occupant } : {}),
      ...(here?.status ? { status: here.status } : {}), ...(listed?.reason ? { reason: listed.reason } : {}),
    };
  }

  /** Everybody once. */
  all = (): Member[] => [...new Set([...this.here.keys(), ...this.listed.keys()])].map((id) => this.member(id));
}

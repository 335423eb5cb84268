// SPDX-License-Identifier: Apache-2.0
// What was said about messages that are not in the log (yet): the past comes in pages from the end, so that a reaction is here
// before the message that it is for. Kept until that one comes, at most ORPHANS_MAX, the oldest go first.
import type { Sender } from "../../shared/types.ts";

export const ORPHANS_MAX = 500;

export type Remark =
  | { kind: "react"; by: Sender; emoji: string[]; time: number }
  | { kind: "replace"; by: Sender; text: string; time: number }
  | { kind: "retract"; by: Sender; moderator?: string; reason?: string };

/** Pairs of the id that the remark names, and the remark. In the order in which they hold: later ones win. */
export type Orphans = [string, Remark][];

export function keepOrphan(orphans: Orphans, ref: string, remark: Remark, older: boolean): void {
  if (older) orphans.unshift([ref, remark]);
  else orphans.push([ref, remark]);
  if (orphans.length > ORPHANS_MAX) orphans.splice(0, orphans.length - ORPHANS_MAX);
}

/** Takes those out that name one of these ids. */
export function takeOrphans(orphans: Orphans, refs: string[]): Remark[] {
  const mine = orphans.filter(([ref]) => refs.includes(ref)).map(([, remark]) => remark);
  if (mine.length > 0) orphans.splice(0, orphans.length, ...orphans.filter(([ref]) => !refs.includes(ref)));
  return mine;
}

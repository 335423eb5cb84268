// SPDX-License-Identifier: Apache-2.0
// What was said about messages that are not in the log (yet): the past comes in pages from the end, so that a reaction is here
// before the message that it is for. Kept until that one comes, at most ORPHANS_MAX, the oldest go first.
import type { Mention, Sender } from "../../shared/types.ts";

export const ORPHANS_MAX = 500;

export type Remark =
  | { kind: "react"; by: Sender; emoji: string[]; time: number }
  | { kind: "replace"; by: Sender; text: string; mentions: Mention[]; time: number; id?: string; encrypted?: boolean; unstyled?: boolean }
  /** XEP-0333: displayed up to there. */
  | { kind: "seen"; by: Sender; time: number }
  /** XEP-0184. */
  | { kind: "got"; by: Sender }
  | { kind: "retract"; by: Sender; moderator?: string; reason?: string };

/** Pairs of the id that the remark names, and the remark. In the order in which they hold: later ones win. */
export type Orphans = [string, Remark][];

export function keepOrphan(orphans: Orphans, ref: string, remark: Remark, older: boolean): void {
  if (older) orphans.unshift([ref, remark]);
  else orphans.push([ref, remark]);
  if (orphans.length > ORPHANS_MAX) orphans.splice(0, orphans.length - ORPHANS_MAX);
}

/** Takes those out that name one of these ids and are meant. */
export function takeOrphans(orphans: Orphans, refs: string[], isMeant: (remark: Remark, ref: string) => boolean): Remark[] {
  const mine = orphans.filter(([ref, remark]) => refs.includes(ref) && isMeant(remark, ref));
  if (mine.length > 0) orphans.splice(0, orphans.length, ...orphans.filter((one) => !mine.includes(one)));
  return mine.map(([, remark]) => remark);
}

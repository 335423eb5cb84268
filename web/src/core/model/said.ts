// SPDX-License-Identifier: Apache-2.0
// What becomes of one message by what is said about it: corrections (XEP-0308), retractions (XEP-0424, XEP-0425) and reactions (XEP-0444).
// Who may say so was judged before (log.ts). `older`: it was said before what is here already.
import { sameEmoji } from "../../shared/emoji.ts";
import type { Mention, Message, Sender } from "../../shared/types.ts";
import type { Remark } from "./orphans.ts";

const VERSIONS_MAX = 50; // earlier texts that are kept of one message
const REACTORS_MAX = 1000; // people that are kept for one message

/** Nicks go from hand to hand in rooms: where there are occupant ids, only they count. */
export function isSame(a: Sender, b: Sender): boolean {
  if (a.mine && b.mine) return true;
  return a.occupant || b.occupant ? a.occupant === b.occupant : a.jid === b.jid;
}

/** It is taken back. */
export function retract(target: Message, remark: Extract<Remark, { kind: "retract" }>): void {
  target.retracted = { by: remark.moderator ?? target.from.name, mine: remark.by.mine, ...(remark.reason ? { reason: remark.reason } : {}) };
  Object.assign(target, { text: "", files: [], versions: [], reactions: {}, mentions: [], mentionsMe: false });
  delete target.quote;
  delete target.edited;
}

/** Versions stand in the order of the archive: what it says again, comes behind what was there; the last is what is shown. */
export function replace(target: Message, remark: Extract<Remark, { kind: "replace" }>, older: boolean): void {
  const [original, ...before] = [...target.versions, { time: target.edited ?? target.time, text: target.text, ...(target.versionId ? { id: target.versionId } : {}) }];
  const version = { time: remark.time, text: remark.text, ...(remark.id ? { id: remark.id } : {}) };
  const known = remark.id !== undefined && before.some((one) => one.id === remark.id);
  const others = known && !older ? before.filter((one) => one.id !== remark.id) : before;
  const edits = !older ? [...others, version] : known ? others : [version, ...others];
  const newest = edits.pop();
  if (!original || !newest) return;
  target.versions = [original, ...edits.slice(-VERSIONS_MAX)];
  Object.assign(target, { text: newest.text, edited: newest.time });
  if (newest.id) target.versionId = newest.id;
  else delete target.versionId;
  if (newest.id === remark.id) {
    target.mentions = remark.mentions;
    for (const flag of ["encrypted", "unstyled"] as const) {
      if (remark[flag]) target[flag] = true;
      else delete target[flag];
    }
  }
}

/** A correction of mine that nobody has is as if it had never been; `mentions`: whom what it corrected called for. */
export function unreplace(target: Message, id: string, mentions: Mention[]): void {
  const all = [...target.versions, { time: target.edited ?? target.time, text: target.text, ...(target.versionId ? { id: target.versionId } : {}) }];
  const rest = all.filter((one) => one.id !== id);
  const newest = rest.pop();
  if (!newest || all.length === rest.length + 1) return; // it was never there, or it is all
  if (target.versionId === id) target.mentions = mentions;
  Object.assign(target, { versions: rest, text: newest.text });
  if (rest.length > 0) target.edited = newest.time;
  else delete target.edited;
  if (newest.id && rest.length > 0) target.versionId = newest.id;
  else delete target.versionId;
}

/** The newest set of one person replaces the one before (XEP-0444, 3.2). */
export function react(target: Message, by: Sender, emoji: string[], older: boolean): void {
  const all = Object.entries(target.reactions).map(([one, people]) => [one, people.filter((person) => !isSame(person, by))] as const);
  if (older && Object.values(target.reactions).some((people) => people.some((person) => isSame(person, by)))) return;
  const reactions = new Map(all.filter(([, people]) => people.length > 0).map(([one, people]) => [one, [...people]]));
  for (const one of emoji) {
    const key = sameEmoji(reactions.keys(), one) ?? one;
    const people = reactions.get(key) ?? [];
    if (people.length < REACTORS_MAX && !people.some((person) => isSame(person, by))) reactions.set(key, [...people, key === one ? by : { ...by, as: one }]);
  }
  target.reactions = Object.fromEntries(reactions);
}

// SPDX-License-Identifier: Apache-2.0
// Whom one can mention here: who has spoken lately, first.
import type { Jid } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { conversations, log, row } from "../state.ts";

export interface Candidate {
  jid: Jid;
  name: string;
  kind: "person" | "room" | "here";
  /** Other words that lead to it. */
  also?: string;
}

/** In the order of their last words, then the others who are there; in rooms also all who are there, and everybody. */
export function candidates(conversation: Jid, nicks: readonly string[] = []): Candidate[] {
  const here = row(conversation);
  const seen = new Map<string, Candidate>();
  for (const one of (log(conversation).value?.messages ?? []).toReversed()) {
    if (!one.from.mine && !one.event && !seen.has(one.from.jid)) seen.set(one.from.jid, { jid: one.from.jid, name: one.from.name, kind: "person" });
  }
  for (const nick of nicks) {
    const jid = `${conversation}/${nick}`;
    if (!seen.has(jid) && nick !== here?.nick) seen.set(jid, { jid, name: nick, kind: "person" });
  }
  const people = [...seen.values()];
  if (here?.kind !== "room") return here && people.length === 0 ? [{ jid: here.jid, name: here.name, kind: "person" }] : people;
  return [...people, { jid: conversation, name: t("composer.here"), kind: "here", also: "here" }, { jid: conversation, name: t("composer.everybody"), kind: "room", also: "all everyone room channel" }];
}

/** Rooms that can be named with #. */
export const roomCandidates = (): Candidate[] => conversations.value.filter((one) => one.kind === "room").map((one) => ({ jid: one.jid, name: one.name, kind: "room" }));

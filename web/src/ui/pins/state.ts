// SPDX-License-Identifier: Apache-2.0
// What is pinned, as the worker tells it, and what can be done about it.
import { signal } from "@preact/signals";
import type { News } from "../../shared/api.ts";
import type { PinMark, PinsNews } from "../../shared/pins.ts";
import type { Conversation, Fault, Jid, Message } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { core, hear } from "../core.ts";
import { faultText } from "../faults.ts";
import { toast } from "../kit/Toast.tsx";
import { sayFault, setAction } from "../message/actions.ts";
import { row } from "../state.ts";

const known = signal<Readonly<Record<Jid, PinsNews>>>({});

/** A full list has a sentence of its own. */
function sayWhy(fault: Fault): void {
  toast(fault === "too-fast" ? t("pins.full") : faultText(fault), { icon: "warning" });
}

hear((name, value) => {
  if (name === "refused" && (value as News["refused"]).kind === "pin") sayWhy((value as News["refused"]).fault);
  if (name !== "pins") return;
  const news = value as PinsNews;
  known.value = { ...known.value, [news.conversation]: news };
});

/** Newest first. */
export const marksOf = (conversation: Jid): readonly PinMark[] => known.value[conversation]?.marks ?? [];

/** The mark of a message that is pinned. */
export const markOf = (message: Message): PinMark | undefined => marksOf(message.conversation).find((one) => one.ref === message.ref || one.ref === message.archive);

/** Whether I may change the list; in a chat both may. */
export function mayPin(here: Conversation | undefined): boolean {
  if (here?.kind !== "room") return here !== undefined;
  const right = known.value[here.jid]?.right;
  if (!right || !here.joined) return false;
  if (here.role === "moderator") return true;
  const isMember = here.affiliation === "member" || here.affiliation === "admin" || here.affiliation === "owner";
  return here.role === "participant" && (right === "participants" || (right === "members" && isMember));
}

/** Takes a mark away. */
export const unpin = (conversation: Jid, mark: PinMark): void => void core.unpin(conversation, mark.ref).catch(sayFault);

setAction("pin", (message) => {
  const { conversation, key, archive } = message;
  const here = row(conversation);
  if (!mayPin(here) || (here?.kind === "room" && !archive)) return undefined;
  const mark = markOf(message);
  return { id: "pin", label: mark ? t("message.unpin") : t("message.pin"), icon: "pin", key: "i", pressed: mark !== undefined, run: () => (mark ? unpin(conversation, mark) : void core.pin(conversation, key).catch(sayFault)) };
});

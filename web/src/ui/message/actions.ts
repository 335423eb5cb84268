// SPDX-License-Identifier: Apache-2.0
// What can be done with a message: one table for the tools, the menu and the keys. Others add what is theirs (threads, later).
import { signal } from "@preact/signals";
import { t } from "../../i18n/index.ts";
import type { Jid, Message } from "../../shared/types.ts";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import type { IconName } from "../kit/Icon.tsx";
import { toast, toastUndo } from "../kit/Toast.tsx";
import { pathOf } from "../router.ts";
import { log, row } from "../state.ts";
import { intend } from "./intent.ts";
import { isTakenBack, takeBack } from "./takeback.ts";
import { Refusal } from "../../shared/rpc.ts";

export interface Action {
  id: "reply" | "thread" | "later" | "remind" | "edit" | "copy" | "link" | "forward" | "pin" | "unread" | "details" | "retract" | "moderate";
  label: string;
  icon: IconName;
  /** A single key while the message has the focus. */
  key?: string;
  danger?: boolean;
  pressed?: boolean;
  run: () => void;
}

type Slot = "thread" | "later" | "remind" | "pin";
const slots: Partial<Record<Slot, (message: Message) => Action | undefined>> = {};

/** Gives a place in tools and menu something to do. */
export function setAction(slot: Slot, make: (message: Message) => Action | undefined): void {
  slots[slot] = make;
}

/** Says why something did not work. */
export const sayFault = (why: unknown): void => void toast(faultText(why instanceof Refusal ? why.fault : "refused"), { icon: "warning" });

/** Conversations that were marked unread by hand while they are open: looking at them does not make them read. */
export const keptUnread = signal<ReadonlySet<Jid>>(new Set());
/** It may be read again. */
export function endKeptUnread(conversation: Jid): void {
  if (keptUnread.peek().has(conversation)) keptUnread.value = new Set([...keptUnread.peek()].filter((one) => one !== conversation));
}

async function copy(text: string, said: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  toast(said, { icon: "check" });
}

function markUnread({ conversation, key }: Message): void {
  keptUnread.value = new Set([...keptUnread.peek(), conversation]);
  const state = log(conversation);
  if (state.value) state.value = { ...state.value, firstUnread: key };
  core.markUnread(conversation, true).catch(sayFault);
}

const dialogs = () => import("./dialogs.tsx");

/** Whether something can be said about it yet: the others must have it. */
export const isThere = (message: Message): boolean => !message.retracted && !isTakenBack(message.key) && !message.event && message.delivery !== "waiting" && message.delivery !== "failed";

function retract(message: Message): void {
  const undo = takeBack(message);
  toastUndo(t("message.took-back"), undo.undo, undo.finish);
}

const mayModerate = (message: Message): boolean => {
  const here = row(message.conversation);
  return here?.kind === "room" && here.role === "moderator" && !message.from.mine && message.archive !== undefined;
};

/** All that can be done with it now, in the order of the menu. */
export function actionsOf(message: Message): Action[] {
  const { conversation, archive, from, text } = message;
  const ok = isThere(message);
  const slot = (name: Slot): Action | undefined => (ok ? slots[name]?.(message) : undefined);
  const all: (Action | false | undefined | "")[] = [
    ok && { id: "reply", label: t("message.reply"), icon: "reply", key: "r", run: () => intend(conversation, { kind: "reply", message }) },
    slot("thread"),
    slot("later"),
    slot("remind"),
    ok && from.mine && text && { id: "edit", label: t("message.edit"), icon: "edit", key: "e", run: () => intend(conversation, { kind: "edit", message }) },
    text && { id: "copy", label: t("message.copy"), icon: "copy", run: () => void copy(text, t("message.copied")).catch(sayFault) },
    archive && { id: "link", label: t("message.link"), icon: "link", run: () => void copy(location.origin + pathOf(conversation, archive), t("message.link-copied")).catch(sayFault) },
    ok && !message.encrypted && { id: "forward", label: t("message.forward"), icon: "forward", run: () => void dialogs().then((one) => one.openForward(message)) },
    slot("pin"),
    archive && !message.event && { id: "unread", label: t("message.unread"), icon: "mail", run: () => markUnread(message) },
    !message.event && { id: "details", label: t("message.details"), icon: "info", run: () => void dialogs().then((one) => one.openDetails(message)) },
    ok && from.mine && { id: "retract", label: t("message.retract"), icon: "trash", danger: true, run: () => retract(message) },
    ok && mayModerate(message) && { id: "moderate", label: t("message.moderate"), icon: "trash", danger: true, run: () => void dialogs().then((one) => one.openModerate(message)) },
  ];
  return all.filter((one): one is Action => Boolean(one));
}

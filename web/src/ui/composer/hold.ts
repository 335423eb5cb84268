// SPDX-License-Identifier: Apache-2.0
// Undo send: for how long a message of this browser can be taken back before it leaves, and where its words go then. A page that goes
// lets everything leave.
import { signal } from "@preact/signals";
import type { Mention, Message } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { bringBack, isOurs } from "../files/tray.ts";
import { recall, remember } from "../kit/memory.ts";
import { toast } from "../kit/Toast.tsx";

/** Seconds that can be chosen; the first is what holds when nothing was chosen. */
export const HOLDS = ["0", "5", "10", "20"] as const;
export type Hold = (typeof HOLDS)[number];

const NAME = "undo-send";

/** What was chosen. */
export const heldFor = (): Hold => HOLDS.find((one) => one === recall(NAME)) ?? HOLDS[0];
export const holdFor = (seconds: Hold): void => remember(NAME, seconds === HOLDS[0] ? undefined : seconds);

/** Words on their way back into the field of a conversation, or of a thread in it; `edit`: what they were to correct, with them in it. */
export const returned = signal<{ slot: string; text: string; mentions: Mention[]; edit?: Message } | undefined>(undefined);

/** Whether all of it can come back: files only into the page that has sent them. */
export const canUnsend = (message: Message): boolean => message.until !== undefined && (message.edited !== undefined || message.files.length === 0 || isOurs(message.key));

/** Takes it back before anybody has it; its words, and its files, are where they were. */
export async function unsend(message: Message): Promise<void> {
  const { conversation, key, text, mentions, root } = message;
  const slot = root ? `${conversation} ${root}` : conversation;
  const what = await core.unsend(conversation, key);
  if (!what) return void toast(t("send.gone"), { icon: "info" });
  if (what === "message") bringBack(key);
  returned.value = { slot, text, mentions, ...(what === "edit" ? { edit: message } : {}) };
}

addEventListener("pagehide", () => {
  if (heldFor() !== HOLDS[0]) void core.release();
});

// SPDX-License-Identifier: Apache-2.0
// Undo send: for how long a message of this browser can be taken back before it leaves, and where its words go then. A page that goes
// lets everything leave.
import { signal } from "@preact/signals";
import type { Mention, Message } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { recall, remember } from "../kit/memory.ts";
import { toast } from "../kit/Toast.tsx";

/** Seconds that can be chosen; the first is what holds when nothing was chosen. */
export const HOLDS = ["0", "5", "10", "20"] as const;
export type Hold = (typeof HOLDS)[number];

const NAME = "undo-send";

/** What was chosen. */
export const heldFor = (): Hold => HOLDS.find((one) => one === recall(NAME)) ?? HOLDS[0];
export const holdFor = (seconds: Hold): void => remember(NAME, seconds === HOLDS[0] ? undefined : seconds);

/** Words on their way back into the field of a conversation, or of a thread in it. */
export const returned = signal<{ slot: string; text: string; mentions: Mention[] } | undefined>(undefined);

/** Takes it back before anybody has it. */
export async function unsend({ conversation, key, text, mentions, root }: Message): Promise<void> {
  if (await core.unsend(conversation, key)) returned.value = { slot: root ? `${conversation} ${root}` : conversation, text, mentions };
  else toast(t("send.gone"), { icon: "info" });
}

addEventListener("pagehide", () => {
  if (heldFor() !== HOLDS[0]) void core.release();
});

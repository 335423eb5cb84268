// SPDX-License-Identifier: Apache-2.0
// What can be done about a message so that it comes back, and the way of words that shall go out later.
import type { Draft } from "../../shared/api.ts";
import type { Jid } from "../../shared/types.ts";
import { aheadText } from "../../i18n/ahead.ts";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import type { Anchor } from "../kit/float.ts";
import { toast } from "../kit/Toast.tsx";
import { sayFault } from "../message/actions.ts";
import { pathOf } from "../router.ts";
import { openWhen } from "./when.tsx";

const WORDS = 200; // UTF-16 units of the message that are said again

/** Asks when, and has the server remind of the message then. */
export function remind(anchor: Anchor, { conversation, archive, line }: { conversation: Jid; archive: string; line: string }): void {
  const words = `${t("remind.words", { words: line.slice(0, WORDS) })}\n${location.origin}${pathOf(conversation, archive)}`;
  openWhen(anchor, {
    title: t("message.remind"), action: t("remind.do"), times: "remind",
    choose: (at) => void core.remind(conversation, archive, at, words).then(() => toast(t("remind.done", { time: aheadText(at) }), { icon: "bell" }), sayFault),
  });
}

/** Asks when, and leaves the draft with the server; SENT when it is there. */
export function sendLater(anchor: Anchor, conversation: Jid, draft: () => Draft, sent: () => void): void {
  openWhen(anchor, {
    title: t("planned.heading"), action: t("planned.do"), times: "send",
    choose: (at) => void core.schedule(conversation, draft(), at).then(() => {
      sent();
      toast(t("planned.done", { time: aheadText(at) }), { icon: "clock-later" });
    }, sayFault),
  });
}

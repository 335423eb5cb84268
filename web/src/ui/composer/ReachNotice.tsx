// SPDX-License-Identifier: Apache-2.0
// Before a message to everybody, or to all who are there, leaves: how many people it reaches, or that the room does not let one.
import { useEffect, useState } from "preact/hooks";
import type { Conversation, Mention } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { Icon } from "../kit/Icon.tsx";

/** A line in the box while everybody is mentioned. */
export function ReachNotice({ conversation, mentions }: { conversation: Conversation; mentions: readonly Mention[] }) {
  const called = conversation.kind === "room" ? mentions.filter((one) => one.kind !== "person" && one.jid === conversation.jid) : [];
  const reaches = called.length > 0;
  const there = called.every((one) => one.kind === "here");
  const [count, setCount] = useState<number | "unknown" | undefined>("unknown");
  useEffect(() => {
    let isHere = true;
    setCount("unknown");
    if (reaches) void core.reach(conversation.jid, there).then((n) => isHere && setCount(n)).catch(() => undefined);
    return () => { isHere = false; };
  }, [reaches, there, conversation.jid]);
  if (!reaches) return null;
  return (
    <div class="notice notice-attention reach" role="status">
      <Icon name="megaphone" size="s" />
      <span>{count === undefined ? t("composer.reaches-nobody") : count === "unknown" ? t(there ? "composer.reaches-there" : "composer.reaches-all") : t("composer.reaches", { n: count })}</span>
    </div>
  );
}

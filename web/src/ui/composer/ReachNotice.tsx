// SPDX-License-Identifier: Apache-2.0
// Before a message to everybody leaves: how many people it reaches.
import { useEffect, useState } from "preact/hooks";
import type { Conversation, Mention } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { Icon } from "../kit/Icon.tsx";

/** A line in the box while everybody is mentioned. */
export function ReachNotice({ conversation, mentions }: { conversation: Conversation; mentions: readonly Mention[] }) {
  const reaches = conversation.kind === "room" && mentions.some((one) => one.kind === "room" && one.jid === conversation.jid);
  const [count, setCount] = useState<number | undefined>(undefined);
  useEffect(() => {
    let isHere = true;
    if (reaches) void core.reach(conversation.jid).then((n) => isHere && setCount(n)).catch(() => undefined);
    return () => { isHere = false; };
  }, [reaches, conversation.jid]);
  if (!reaches) return null;
  return (
    <div class="notice notice-attention reach" role="status">
      <Icon name="megaphone" size="s" />
      <span>{count === undefined ? t("composer.reaches-all") : t("composer.reaches", { n: count })}</span>
    </div>
  );
}

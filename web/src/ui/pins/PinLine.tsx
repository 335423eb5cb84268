// SPDX-License-Identifier: Apache-2.0
// Under a message that is pinned: that it is, and who has done it.
import type { Message } from "../../shared/types.ts";
import { momentText, t } from "../../i18n/index.ts";
import { Icon } from "../kit/Icon.tsx";
import { cleanLine } from "../text/index.ts";
import { markOf } from "./state.ts";

/** Nothing for others. */
export function PinLine({ message }: { message: Message }) {
  const mark = markOf(message);
  if (!mark) return null;
  const name = mark.mine ? t("message.you") : cleanLine(mark.by);
  return <p class="pin-line muted" title={t("pins.by", { name, time: momentText(mark.time) })}><Icon name="pin" size="xs" />{t("pins.mark")}</p>;
}

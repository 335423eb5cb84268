// SPDX-License-Identifier: Apache-2.0
// Over the field: how much of this conversation goes out later, and when the next of it does.
import { useEffect } from "preact/hooks";
import type { Jid } from "../../shared/types.ts";
import { aheadText } from "../../i18n/ahead.ts";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { Icon } from "../kit/Icon.tsx";
import { me } from "../state.ts";
import { planned } from "./told.ts";

/** One line, where there is something. */
export function PlannedLine({ jid }: { jid: Jid }) {
  const isOnline = me.value?.state === "online";
  useEffect(() => void (isOnline && core.planned().catch(() => undefined)), [isOnline]); // a server that keeps nothing
  const here = planned.value.filter((one) => one.conversation === jid && !one.about);
  const next = here.find((one) => !one.failed);
  if (here.length === 0) return null;
  return (
    <a class="planned-line" href="/later">
      <Icon name="clock-later" size="xs" />
      {next ? t("planned.line", { n: here.length, time: aheadText(next.at) }) : t("planned.failed")}
    </a>
  );
}

// SPDX-License-Identifier: Apache-2.0
// There is no connection, or no place to keep anything: how much waits for it, and when it is tried again.
import { t, timeText } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { Button } from "../kit/Button.tsx";
import { Icon } from "../kit/Icon.tsx";
import { me } from "../state.ts";

/** What is typed still leaves, but would not outlive this browser. */
function FullLine() {
  return (
    <div class="offline" role="status">
      <Icon name="warning" size="s" />
      <span>{t("offline.full")}</span>
    </div>
  );
}

/** Shown once an attempt has failed or a connection was lost: the first moments of a start are no news. */
export function OfflineLine() {
  const mine = me.value;
  if (mine?.unkept) return <FullLine />;
  if (!mine?.retryAt || mine.state === "online") return null;
  const text = mine.waiting > 0 ? t("offline.waiting", { n: mine.waiting }) : t("offline.line");
  return (
    <div class="offline" role="status">
      <Icon name="wifi-off" size="s" />
      <span>
        {text} <span class="muted">{t("offline.again", { time: timeText(mine.retryAt) })}</span>
      </span>
      <Button size="s" kind="quiet" onClick={() => void core.attention(true)}>{t("offline.now")}</Button>
    </div>
  );
}

// SPDX-License-Identifier: Apache-2.0
// The views /threads and /later.
import { useEffect } from "preact/hooks";
import { shortText, t } from "../../i18n/index.ts";
import { BackBar } from "../app/BackBar.tsx";
import { core } from "../core.ts";
import { Badge } from "../kit/Badge.tsx";
import { Button } from "../kit/Button.tsx";
import { Icon } from "../kit/Icon.tsx";
import { PlannedLists } from "../planned/Planned.tsx";
import { planned } from "../planned/told.ts";
import { pathOf } from "../router.ts";
import { me, row } from "../state.ts";
import { summary } from "../text/index.ts";
import { followed, kept } from "./told.ts";

/** Threads that are followed; what is new first. */
export function Threads() {
  const isOnline = me.value?.state === "online";
  useEffect(() => void (isOnline && core.threads().catch(() => undefined)), [isOnline]); // the counts that are there stay
  const all = followed.value.toSorted((a, b) => Number(b.unread > 0) - Number(a.unread > 0) || b.seen - a.seen);
  const readAll = (): void => {
    for (const one of all) if (one.unread > 0) void core.threadSeen(one.conversation, one.root, Date.now());
  };
  return (
    <main class="main page scroll">
      <BackBar />
      <div class="page-in">
        <div class="line spread"><h1>{t("threads.title")}</h1>{all.some((one) => one.unread > 0) && <Button onClick={readAll}>{t("threads.read-all")}</Button>}</div>
        <ul class="found-rooms" aria-label={t("threads.title")}>
          {all.map((one) => (
            <li key={`${one.conversation} ${one.root}`} class="found-room">
              <Icon name="thread" />
              <a class="grow" href={`${pathOf(one.conversation)}?pane=thread&of=${encodeURIComponent(one.root)}`}>
                <b class="block" dir="auto">{summary(one.title) || t("threads.untitled")}</b>
                <span class="caption muted block"><bdi>{row(one.conversation)?.name ?? one.conversation}</bdi> · {t("threads.seen", { time: shortText(one.seen) })}</span>
              </a>
              {one.unread > 0 && <Badge n={one.unread} you name={t("row.unread", { n: one.unread })} />}
              <Button size="s" kind="quiet" onClick={() => void core.follow(one.conversation, one.root, false)}>{t("thread.unfollow")}</Button>
            </li>
          ))}
        </ul>
        {all.length === 0 && <p class="muted">{t("threads.none")}</p>}
      </div>
    </main>
  );
}

/** Messages that are kept for later. */
export function Later() {
  return (
    <main class="main page scroll">
      <BackBar />
      <div class="page-in">
        <h1>{t("later.title")}</h1>
        <PlannedLists />
        {planned.value.length > 0 && kept.value.length > 0 && <h2>{t("later.kept")}</h2>}
        <ul class="found-rooms" aria-label={t("later.title")}>
          {kept.value.map((one) => (
            <li key={`${one.conversation} ${one.archive}`} class="found-room">
              <a class="grow" href={pathOf(one.conversation, one.archive)}>
                <span class="block" dir="auto">{summary(one.line)}</span>
                <span class="caption muted block"><bdi>{row(one.conversation)?.name ?? one.conversation}</bdi> · {shortText(one.time)}</span>
              </a>
              <Button icon="check" onClick={() => void core.later(one.conversation, one.archive, false)}>{t("later.done")}</Button>
            </li>
          ))}
        </ul>
        {kept.value.length === 0 && planned.value.length === 0 && <p class="muted">{t("later.none")}</p>}
      </div>
    </main>
  );
}

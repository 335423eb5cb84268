// SPDX-License-Identifier: Apache-2.0
// What goes out later, and reminders, as they stand in the view /later.
import { useEffect } from "preact/hooks";
import type { Planned } from "../../shared/planned.ts";
import { aheadText } from "../../i18n/ahead.ts";
import { t } from "../../i18n/index.ts";
import { returned } from "../composer/hold.ts";
import { core } from "../core.ts";
import { Icon } from "../kit/Icon.tsx";
import { MenuIconButton } from "../kit/Menu.tsx";
import { toast } from "../kit/Toast.tsx";
import { sayFault } from "../message/actions.ts";
import { go, pathOf } from "../router.ts";
import { me, row } from "../state.ts";
import { summary } from "../text/index.ts";
import { planned } from "./told.ts";
import { openWhen } from "./when.tsx";

/** Back into the field of its conversation: it stands there before it goes from the server. */
function takeBack({ id, conversation, text }: Planned): void {
  go(pathOf(conversation));
  returned.value = { slot: conversation, text, mentions: [] };
  core.cancelPlanned(id).catch(sayFault);
}

function cancel({ id }: Planned): void {
  core.cancelPlanned(id).then(() => toast(t("planned.cancelled"), { icon: "check" }), sayFault);
}

function Item({ one }: { one: Planned }) {
  const { about, conversation, failed, id } = one;
  const name = (jid: string): string => row(jid)?.name ?? jid;
  const again = (anchor: HTMLElement): void => openWhen(anchor, {
    title: t("planned.move"), action: t("planned.move-do"), times: about ? "remind" : "send", choose: (at) => void core.replan(id, at).catch(sayFault),
  });
  return (
    <li class="found-room">
      <Icon name={about ? "bell" : failed ? "warning" : "clock-later"} />
      <a class="grow" href={about ? pathOf(about.conversation, about.archive) : pathOf(conversation)}>
        <span class="block" dir="auto">{summary(about ? one.text.split("\n")[0] ?? "" : one.text)}</span>
        <span class="caption muted block">
          <bdi>{about ? name(about.conversation) : name(conversation)}</bdi> · {failed ? <span class="danger">{t("planned.failed")}</span> : <time>{aheadText(one.at)}</time>}
        </span>
      </a>
      <MenuIconButton
        icon="more" name={t("planned.more")}
        menu={() => {
          const anchor = document.activeElement as HTMLElement;
          return {
            label: t("planned.more"), align: "end",
            items: [
              !about && { label: t("planned.now"), icon: "send", run: () => void core.sendPlanned(id).catch(sayFault) },
              { label: t("planned.move"), icon: "clock-later", run: () => again(anchor) },
              !about && one.files === 0 && { label: t("planned.edit"), icon: "edit", run: () => takeBack(one) },
              "line",
              { label: t("planned.cancel"), icon: "trash", danger: true, run: () => cancel(one) },
            ],
          };
        }}
      />
    </li>
  );
}

/** Both lists; nothing where there is nothing. */
export function PlannedLists() {
  const isOnline = me.value?.state === "online";
  useEffect(() => void (isOnline && core.planned().catch(() => undefined)), [isOnline]); // a server that keeps nothing
  const parts = [["planned.title", planned.value.filter((one) => !one.about)], ["remind.title", planned.value.filter((one) => one.about)]] as const;
  return <>{parts.map(([title, all]) => all.length > 0 && (
    <section key={title} aria-label={t(title)}>
      <h2>{t(title)}</h2>
      <ul class="found-rooms" aria-label={t(title)}>{all.map((one) => <Item key={one.id} one={one} />)}</ul>
    </section>
  ))}</>;
}

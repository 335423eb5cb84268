// SPDX-License-Identifier: Apache-2.0
// The card of a person, beside the name that was chosen: who it is, and what one can do.
import { useEffect, useState } from "preact/hooks";
import type { Card } from "../../shared/people.ts";
import type { Jid } from "../../shared/types.ts";
import { t, timeText } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { Avatar } from "../kit/Avatar.tsx";
import { Button } from "../kit/Button.tsx";
import { confirm } from "../kit/Dialog.tsx";
import { MenuIconButton } from "../kit/Menu.tsx";
import { openPopover } from "../kit/Popover.tsx";
import { go, pathOf } from "../router.ts";
import { me, row } from "../state.ts";
import { tried } from "./tried.ts";

const FACTS = ["FN", "TITLE", "ORGNAME", "USERID", "NUMBER", "URL", "DESC"] as const;

/** Their clock now, from an offset such as "+02:00". */
export function clockAt(zone: string, now: number): number | undefined {
  const found = /^([+-])(\d\d):(\d\d)$/.exec(zone === "Z" ? "+00:00" : zone);
  if (!found) return undefined;
  const offset = (Number(found[2]) * 60 + Number(found[3])) * (found[1] === "-" ? -1 : 1);
  return now + (offset + new Date(now).getTimezoneOffset()) * 60_000;
}

async function block(jid: Jid, name: string, report: boolean): Promise<void> {
  const sure = await confirm({ title: t("person.block-title", { name }), text: t("person.block-text"), action: report ? t("person.report") : t("person.block"), danger: true });
  if (sure) tried(core.block(jid, report ? "spam" : undefined), t("person.blocked", { name }));
}

function Facts({ card }: { card: Card }) {
  const shown = FACTS.filter((one) => card.facts[one]);
  if (shown.length === 0) return null;
  return <dl class="facts">{shown.map((one) => <div key={one}><dt>{t(`card.${one}`)}</dt><dd dir="auto">{card.facts[one]}</dd></div>)}</dl>;
}

function CardBody({ jid, name, close }: { jid: Jid; name: string; close: () => void }) {
  const [card, setCard] = useState<Card | undefined>(undefined);
  useEffect(() => {
    core.card(jid).then(setCard, () => undefined); // what is known is shown
  }, [jid]);
  const here = row(jid);
  const shown = here?.name ?? name;
  const isMe = jid === me.value?.jid;
  const clock = card?.zone ? clockAt(card.zone, Date.now()) : undefined;
  const run = (what: () => void) => (): void => {
    close();
    what();
  };
  return (
    <div class="card-body">
      <Avatar jid={jid} name={shown} size={80} picture={isMe ? me.value?.avatar : here?.avatar} presence={here?.availability} />
      <h2><bdi>{shown}</bdi></h2>
      <p class="muted"><bdi>{jid}</bdi></p>
      {here && <p dir="auto">{here.status ?? t(`availability.${here.availability ?? "offline"}`)}</p>}
      {clock !== undefined && <p class="second">{t("person.clock", { time: timeText(clock) })}</p>}
      {card && <Facts card={card} />}
      {!isMe && !jid.includes("/") && (
        <div class="line">
          <Button kind="primary" icon="chat" onClick={run(() => go(pathOf(jid)))}>{t("members.message")}</Button>
          {here?.contact ? null : <Button icon="person-plus" onClick={run(() => tried(core.addContact(jid, shown), t("person.added", { name: shown })))}>{t("person.add")}</Button>}
          <MenuIconButton
            icon="more" name={t("person.more")}
            menu={() => ({
              label: shown,
              items: [
                here?.blocked ? { label: t("person.unblock"), icon: "block", run: run(() => tried(core.unblock(jid))) } : { label: t("person.block"), icon: "block", danger: true, run: run(() => void block(jid, shown, false)) },
                !here?.blocked && { label: t("person.report"), icon: "flag", danger: true, run: run(() => void block(jid, shown, true)) },
                here?.contact !== undefined && { label: t("person.remove"), icon: "person-minus", danger: true, run: run(() => tried(core.removeContact(jid), t("person.removed", { name: shown }))) },
              ],
            })}
          />
        </div>
      )}
    </div>
  );
}

/** Opens the card of somebody at an element. */
export function openCard(at: HTMLElement, jid: Jid, name: string): void {
  openPopover(at, { label: name, class: "person-card", content: (close) => <CardBody jid={jid} name={name} close={close} /> });
}

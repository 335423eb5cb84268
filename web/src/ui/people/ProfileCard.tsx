// SPDX-License-Identifier: Apache-2.0
// The card of a person, beside the name that was chosen: who it is, and what one can do.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Card } from "../../shared/people.ts";
import type { Jid } from "../../shared/types.ts";
import { t, timeText } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { Avatar } from "../kit/Avatar.tsx";
import { Button } from "../kit/Button.tsx";
import { confirm } from "../kit/Dialog.tsx";
import { Icon, type IconName } from "../kit/Icon.tsx";
import { MenuIconButton } from "../kit/Menu.tsx";
import { openPopover } from "../kit/Popover.tsx";
import { go, pathOf } from "../router.ts";
import { knownPresence, me, row } from "../state.ts";
import { tried } from "./tried.ts";
import "../styles/views-profile.css";

/** What is shown of a vCard below the head, with its sign. */
const FACTS: Partial<Record<string, IconName>> = { NUMBER: "phone", USERID: "mail", URL: "link", DESC: "info" };
const ROOMS = 3; // names of shared rooms; the others are a number

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

function Fact({ icon, name, children }: { icon: IconName; name: string; children: ComponentChildren }) {
  return <div><dt title={name}><Icon name={icon} size="s" /><span class="sr-only">{name}</span></dt><dd dir="auto">{children}</dd></div>;
}

function Shared({ rooms, close }: { rooms: Jid[]; close: () => void }) {
  const more = rooms.length - ROOMS;
  return (
    <Fact icon="hash" name={t("person.rooms")}>
      {rooms.slice(0, ROOMS).map((room, n) => <span key={room}>{n > 0 && ", "}<a href={pathOf(room)} onClick={close}><bdi>{row(room)?.name ?? room}</bdi></a></span>)}
      {more > 0 && <> {t("person.rooms-more", { n: more })}</>}
    </Fact>
  );
}

function Acts({ jid, name, close }: { jid: Jid; name: string; close: () => void }) {
  const here = row(jid);
  const run = (what: () => void) => (): void => {
    close();
    what();
  };
  return (
    <div class="pop-acts">
      <Button kind="primary" icon="chat" onClick={run(() => go(pathOf(jid)))}>{t("members.message")}</Button>
      {here?.contact ? <span /> : <Button icon="person-plus" onClick={run(() => tried(core.addContact(jid, name), t("person.added", { name })))}>{t("person.add")}</Button>}
      <MenuIconButton
        icon="more" name={t("person.more")}
        menu={() => ({
          label: name,
          items: [
            here?.blocked ? { label: t("person.unblock"), icon: "block", run: run(() => tried(core.unblock(jid))) } : { label: t("person.block"), icon: "block", danger: true, run: run(() => void block(jid, name, false)) },
            !here?.blocked && { label: t("person.report"), icon: "flag", danger: true, run: run(() => void block(jid, name, true)) },
            here?.contact !== undefined && { label: t("person.remove"), icon: "person-minus", danger: true, run: run(() => tried(core.removeContact(jid), t("person.removed", { name }))) },
          ],
        })}
      />
    </div>
  );
}

function CardBody({ jid, name, close }: { jid: Jid; name: string; close: () => void }) {
  const [card, setCard] = useState<Card | undefined>(undefined);
  const [rooms, setRooms] = useState<Jid[]>([]);
  useEffect(() => {
    core.card(jid).then(setCard, () => undefined); // what is known is shown
    core.roomsWith(jid).then(setRooms, () => undefined);
  }, [jid]);
  const here = row(jid);
  const shown = here?.name ?? name;
  const mine = jid === me.value?.jid ? me.value : undefined;
  const presence = mine ? (mine.availability === "invisible" ? "offline" : mine.availability) : here && knownPresence(here);
  const status = mine ? mine.status : here?.status;
  const clock = card?.zone ? clockAt(card.zone, Date.now()) : undefined;
  const { facts = {} } = card ?? {};
  const post = [facts["TITLE"], facts["ORGNAME"]].filter(Boolean).join(", ") || (facts["FN"] === shown ? "" : facts["FN"]);
  return (
    <>
      <div class="pop-head">
        <Avatar jid={jid} name={shown} size={64} picture={mine ? mine.avatar : here?.avatar} presence={presence} />
        <div class="grow">
          <h2><bdi>{shown}</bdi></h2>
          {post && <div class="small second" dir="auto">{post}</div>}
          <div class="caption muted address"><bdi>{jid}</bdi></div>
        </div>
      </div>
      {status && <div class="status-line" dir="auto">{status}</div>}
      <dl>
        {presence && <Fact icon="person" name={t("person.state")}>{t(`availability.${presence}`)}</Fact>}
        {clock !== undefined && <Fact icon="clock" name={t("person.time")}>{t("person.clock", { time: timeText(clock) })}</Fact>}
        {Object.entries(FACTS).map(([one, icon]) => icon && facts[one] && <Fact key={one} icon={icon} name={t(`card.${one as "URL"}`)}>{facts[one]}</Fact>)}
        {!mine && rooms.length > 0 && <Shared rooms={rooms} close={close} />}
      </dl>
      {!mine && !jid.includes("/") && <Acts jid={jid} name={shown} close={close} />}
    </>
  );
}

/** Opens the card of somebody at an element. */
export function openCard(at: HTMLElement, jid: Jid, name: string): void {
  openPopover(at, { label: name, class: "person-card", content: (close) => <CardBody jid={jid} name={name} close={close} /> });
}

// SPDX-License-Identifier: Apache-2.0
// What stands between messages: days, the line before what is new, what happened.
import { useState } from "preact/hooks";
import { dayText, listText, momentText, t, timeText } from "../../i18n/index.ts";
import type { Message } from "../../shared/types.ts";
import { Button } from "../kit/Button.tsx";
import { Drawing } from "../kit/Drawing.tsx";
import { Field } from "../kit/Field.tsx";
import { Icon, type IconName } from "../kit/Icon.tsx";
import { openPopover } from "../kit/Popover.tsx";
import { openPane } from "../router.ts";
import { row } from "../state.ts";
import { cleanLine } from "../text/index.ts";
import { goTo, goToTime } from "./goto.ts";

const NAMED = 3; // names in a line about comings and goings

/** A day as the fields of dates have it, in local time. */
const dateOf = (time: number): string => {
  const at = new Date(time);
  return `${at.getFullYear().toString().padStart(4, "0")}-${(at.getMonth() + 1).toString().padStart(2, "0")}-${at.getDate().toString().padStart(2, "0")}`;
};

function DateForm({ jid, time, close }: { jid: string; time: number; close: () => void }) {
  const [value, setValue] = useState(dateOf(time));
  const submit = (event: Event): void => {
    event.preventDefault();
    const at = new Date(`${value}T00:00`).getTime();
    if (Number.isNaN(at)) return;
    close();
    void goToTime(jid, at);
  };
  return (
    <form class="date-form" onSubmit={submit}>
      <Field label={t("log.date")} type="date" value={value} max={dateOf(Date.now())} required onInput={setValue} autofocus />
      <Button kind="primary" type="submit">{t("log.go")}</Button>
    </form>
  );
}

/** A day; a press leads to another one. */
export function DayDivider({ jid, time }: { jid: string; time: number }) {
  return (
    <div class="day">
      <button
        type="button" title={t("log.to-date")} aria-haspopup="dialog" aria-expanded="false"
        onClick={(event) => openPopover(event.currentTarget, { label: t("log.to-date"), class: "date-pop", align: "center", content: (close) => <DateForm jid={jid} time={time} close={close} /> })}
      >
        {dayText(time)}
      </button>
    </div>
  );
}

/** Over the first message of all. A room in which nobody has said anything yet says what comes next. */
export function LogStart({ jid, name }: { jid: string; name: string }) {
  const here = row(jid);
  if (here?.kind !== "room") return <p class="log-start">{t("log.start-chat", { name })}</p>;
  if (here.last || !here.joined || here.affiliation === "none") return <p class="log-start">{t("log.start", { name })}</p>;
  return (
    <div class="empty">
      <Drawing name="talk" />
      <p class="strong">{t("log.new-room")}</p>
      <p>{t("log.new-room-text")}</p>
      <div class="line"><Button kind="primary" icon="person-plus" onClick={() => openPane("details")}>{t("log.invite")}</Button></div>
    </div>
  );
}

/** Over the first that is new. */
export function UnreadDivider({ time, onRead }: { time: number; onRead: () => void }) {
  const text = t("log.new-since", { time: timeText(time) });
  return (
    <div class="new" role="group" aria-label={text}>
      <span>{text}</span>
      <Button size="s" kind="quiet" onClick={onRead}>{t("log.mark-read")}</Button>
    </div>
  );
}

function names(all: readonly string[]): string {
  const named = all.slice(0, NAMED).map((one) => cleanLine(one));
  return listText(all.length > NAMED ? [...named, t("message.more-people", { n: all.length - NAMED })] : named);
}

/** "Oskar, Ines and 3 more came" */
export function ComingsLine({ came, left }: { came: readonly string[]; left: readonly string[] }) {
  const parts = [came.length > 0 && t("log.came", { names: names(came) }), left.length > 0 && t("log.left", { names: names(left) })].filter(Boolean);
  return <div class="event" title={[...came, ...left].map((one) => cleanLine(one)).join(", ")}><Icon name="people" size="s" /><span dir="auto">{parts.join(" · ")}</span></div>;
}

const SIGNS: Partial<Record<NonNullable<Message["event"]>["kind"], IconName>> = { subject: "edit", invited: "mail", call: "phone", pinned: "pin" };

function eventText({ event, from }: Message): string {
  const name = from.mine ? t("message.you") : cleanLine(from.name);
  if (event?.kind === "subject") return event.text ? t("log.subject", { name, text: cleanLine(event.text) }) : t("log.subject-gone", { name });
  if (event?.kind === "invited") return t("log.invited", { name, room: cleanLine(event.text) });
  if (event?.kind === "pinned") return t("log.pinned", { name });
  return cleanLine(event?.text ?? "");
}

/** A topic, an invitation, a pin. */
export function EventLine({ message }: { message: Message }) {
  return (
    <div class="event" title={momentText(message.time)} data-key={message.key}>
      <Icon name={SIGNS[message.event?.kind ?? "call"] ?? "info"} size="s" />
      <span dir="auto">{eventText(message)}</span>
      {message.event?.kind === "pinned" && <Button size="s" kind="link" onClick={() => void goTo(message.conversation, message.event?.text ?? "")}>{t("log.show")}</Button>}
    </div>
  );
}

// SPDX-License-Identifier: Apache-2.0
// What opens about one message: earlier versions, details, where to forward it, why it is taken out. Fetched when first needed.
import { useMemo, useState } from "preact/hooks";
import type { Conversation, Message } from "../../shared/types.ts";
import { momentText, shortText, t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { Avatar } from "../kit/Avatar.tsx";
import { Button } from "../kit/Button.tsx";
import { Dialog, openDialog } from "../kit/Dialog.tsx";
import { Field, SearchField } from "../kit/Field.tsx";
import { Icon } from "../kit/Icon.tsx";
import { useListbox } from "../kit/Listbox.tsx";
import { openPopover } from "../kit/Popover.tsx";
import { toast } from "../kit/Toast.tsx";
import { go, pathOf } from "../router.ts";
import { conversations, log, row } from "../state.ts";
import { cleanLine, summary, Text } from "../text/index.ts";
import { sayFault } from "./actions.ts";
import "../styles/views-about.css";

const LISTED = 50; // conversations offered at once
const FORWARDED = 20; // conversations that one message goes on to

/** All texts it has had, newest first. */
export function openVersions(message: Message, anchor: HTMLElement): void {
  const all = [...message.versions, { time: message.edited ?? message.time, text: message.text }].toReversed();
  openPopover(anchor, {
    label: t("message.versions"), class: "versions-pop",
    content: () => (
      <div class="versions scroll" tabIndex={0} role="group" aria-label={t("message.versions")}>
        <h2>{t("message.versions")}</h2>
        <ol reversed>
          {all.map((one, place) => (
            <li key={`${one.time} ${place}`}>
              <time class="muted">{place === 0 ? t("message.version-now", { time: momentText(one.time) }) : momentText(one.time)}</time>
              <div class="words" dir="auto"><Text text={one.text} /></div>
            </li>
          ))}
        </ol>
      </div>
    ),
  });
}

/** In rooms: who has said that they have read it, or something after it, and when first; in that order. Not its author. */
function readersOf(message: Message): { name: string; time: number }[] {
  const all = log(message.conversation).peek()?.messages ?? [];
  const first = new Map<string, number>();
  for (const one of all) {
    if (one.order < message.order) continue;
    for (const [name, time] of Object.entries(one.readAt ?? {})) if (name !== message.from.name) first.set(name, Math.min(time, first.get(name) ?? time));
  }
  return [...first].map(([name, time]) => ({ name, time })).toSorted((a, b) => a.time - b.time);
}

const SMALL = 20; // people of a room where one may want to know who has read

function ReadBy({ message }: { message: Message }) {
  const here = row(message.conversation);
  const readers = readersOf(message);
  if (here?.kind !== "room" || (here.people ?? 0) > SMALL) return null;
  if (readers.length === 0) return <Fact name={t("details.read-by")}>{t("details.nobody")}</Fact>;
  return (
    <div>
      <dt>{t("details.read-by")}</dt>
      <dd><ul class="readers-list">{readers.map(({ name, time }) => <li key={name}><bdi>{cleanLine(name)}</bdi> <time class="muted" title={momentText(time)}>{shortText(time)}</time></li>)}</ul></dd>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: string }) {
  return <div><dt>{name}</dt><dd dir="auto">{children}</dd></div>;
}

function Details({ message, close }: { message: Message; close: () => void }) {
  const { archive, id, delivery, edited, from } = message;
  return (
    <Dialog title={t("message.details")} class="small" onClose={close}>
      <dl class="about-facts dialog-body">
        <Fact name={t("details.from")}>{from.mine ? t("message.you") : cleanLine(from.name)}</Fact>
        <Fact name={t("details.sent")}>{momentText(message.time)}</Fact>
        {edited !== undefined && <Fact name={t("details.edited")}>{momentText(edited)}</Fact>}
        {delivery && delivery !== "failed" && <Fact name={t("details.state")}>{t(`delivery.${delivery}`)}</Fact>}
        <ReadBy message={message} />
        {archive && <Fact name={t("details.archive")}>{archive}</Fact>}
        {id && <Fact name={t("details.id")}>{cleanLine(id)}</Fact>}
      </dl>
      <footer class="dialog-foot"><Button kind="primary" autofocus onClick={close}>{t("kit.close")}</Button></footer>
    </Dialog>
  );
}

/** Times, ids, who has read it. */
export const openDetails = (message: Message): void => void openDialog((close) => <Details message={message} close={() => close()} />);

/** Says it in all of them, and leads to the only one. */
function forward(message: Message, to: readonly Conversation[]): void {
  const [only] = to;
  Promise.all(to.map((one) => core.forward(message.conversation, message.key, one.jid))).then(() => {
    if (only && to.length === 1) toast(t("forward.done", { name: only.name }), { icon: "check", action: t("forward.open"), run: () => go(pathOf(only.jid)) });
    else toast(t("forward.done-some", { n: to.length }), { icon: "check" });
  }, sayFault);
}

function Forward({ message, close }: { message: Message; close: () => void }) {
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState<readonly Conversation[]>([]);
  const found = useMemo(() => {
    const wanted = query.trim().toLowerCase();
    return conversations.peek().filter((one) => `${one.name} ${one.jid}`.toLowerCase().includes(wanted)).slice(0, LISTED);
  }, [query]);
  const has = (one: Conversation): boolean => chosen.some(({ jid }) => jid === one.jid);
  const toggle = (one: Conversation | undefined): void => {
    if (!one) return;
    setChosen(has(one) ? chosen.filter(({ jid }) => jid !== one.jid) : [...chosen, one].slice(0, FORWARDED));
    setQuery("");
  };
  const send = (): void => {
    if (chosen.length === 0) return;
    close();
    forward(message, chosen);
  };
  // Once somebody is chosen, Enter sends; what the arrows are on is chosen first.
  const list = useListbox({ count: found.length, query, onChoose: (place) => toggle(found[place]), idle: chosen.length > 0 && query === "" });
  return (
    <Dialog title={t("forward.title")} class="small" onClose={close}>
      <div class="dialog-body forward">
        <blockquote class="ellipsis" dir="auto">{summary(message.text) || message.files[0]?.name}</blockquote>
        <SearchField name={t("forward.search")} value={query} autofocus onInput={setQuery} onKeyDown={(event) => void (!list.onKeyDown(event) && event.key === "Enter" && send())} extra={list.field} />
        {chosen.length > 0 && (
          <ul class="line wrap" aria-label={t("forward.chosen")}>
            {chosen.map((one) => <li key={one.jid}><button type="button" class="chip" aria-label={t("forward.drop", { name: one.name })} onClick={() => toggle(one)}><bdi>{one.name}</bdi><Icon name="close" size="xs" /></button></li>)}
          </ul>
        )}
        <div class="forward-list scroll" {...list.list} aria-label={t("forward.title")} aria-multiselectable="true">
          {found.map((one, place) => (
            <div key={one.jid} {...list.option(place)} aria-selected={has(one)} class={place === list.active ? "forward-row is-active" : "forward-row"}>
              <Avatar jid={one.jid} name={one.name} kind={one.kind} picture={one.avatar} size={28} />
              <span class="grow ellipsis"><bdi>{one.name}</bdi></span>
              {has(one) && <Icon name="check" size="s" />}
            </div>
          ))}
          {found.length === 0 && <p class="muted">{t("forward.none")}</p>}
        </div>
      </div>
      <footer class="dialog-foot"><Button kind="primary" disabled={chosen.length === 0} onClick={send}>{chosen.length > 1 ? t("forward.to-some", { n: chosen.length }) : t("message.forward")}</Button></footer>
    </Dialog>
  );
}

/** Chooses conversations, and says it there. */
export const openForward = (message: Message): void => void openDialog((close) => <Forward message={message} close={() => close()} />);

function Moderate({ message, close }: { message: Message; close: () => void }) {
  const [reason, setReason] = useState("");
  const run = (): void => {
    close();
    core.moderate(message.conversation, message.key, reason).catch(sayFault);
  };
  return (
    <Dialog title={t("moderate.title", { name: cleanLine(message.from.name) })} role="alertdialog" class="small" describedBy="moderate-text" onClose={close}>
      <form class="dialog-body forward" id="moderate" onSubmit={(event) => { event.preventDefault(); run(); }}>
        <p id="moderate-text">{t("moderate.text")}</p>
        <Field label={t("moderate.reason")} value={reason} onInput={setReason} maxLength={500} autofocus />
      </form>
      <footer class="dialog-foot">
        <Button onClick={close}>{t("kit.cancel")}</Button>
        <Button kind="danger-fill" type="submit" form="moderate">{t("moderate.do")}</Button>
      </footer>
    </Dialog>
  );
}

/** Asks why, and takes it out of the room for all. */
export const openModerate = (message: Message): void => void openDialog((close) => <Moderate message={message} close={() => close()} />);

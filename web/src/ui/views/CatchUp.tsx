// SPDX-License-Identifier: Apache-2.0
// Everything that waits, in one place: read, answer or put it away one after the other.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Conversation } from "../../shared/types.ts";
import { isMuted } from "../../shared/waits.ts";
import { shortText, t } from "../../i18n/index.ts";
import { markAllRead, markRead, mute, star, tomorrow } from "../chats/wishes.ts";
import { Avatar, Badge, Button, Empty, Icon, Kbd } from "../kit/index.ts";
import { go, pathOf } from "../router.ts";
import { conversations } from "../state.ts";
import { threadsUnread } from "../threads/told.ts";
import "../styles/views-search.css";

const isWaiting = (row: Conversation): boolean => row.unread > 0 || row.marked;
const isForMe = (row: Conversation): boolean => row.kind === "chat" || row.mentions > 0;

/** First who waits for me, then the rest; the newest first. */
export function catchUpOf(rows: readonly Conversation[]): { you: Conversation[]; others: Conversation[]; quiet: number } {
  const all = rows.filter(isWaiting);
  const loud = all.filter((row) => !isMuted(row)).toSorted((a, b) => b.time - a.time);
  return { you: loud.filter(isForMe), others: loud.filter((row) => !isForMe(row)), quiet: all.length - loud.length };
}

function Why({ row }: { row: Conversation }) {
  if (row.mentions > 0) return <div class="why you"><Icon name="at" size="xs" />{t("catch-up.mentions")}</div>;
  if (row.kind === "chat") return <div class="why"><Icon name="chat" size="xs" />{t("catch-up.direct")}</div>;
  return <div class="why"><Icon name="hash" size="xs" />{row.marked && row.unread === 0 ? t("row.marked") : t("catch-up.room")}</div>;
}

interface RowProps {
  row: Conversation;
  isHere: boolean;
  choose: () => void;
  act: (key: string) => void;
}

function Row({ row, isHere, choose, act }: RowProps) {
  const last = row.last;
  return (
    <li>
      <div class="catch-row" aria-current={isHere ? "true" : undefined} data-catch={row.jid} onPointerDown={choose} onFocusIn={choose}>
        <Avatar jid={row.jid} name={row.name} kind={row.kind} picture={row.avatar} size={40} />
        <div>
          <Why row={row} />
          <a class="title" href={pathOf(row.jid)}><bdi>{row.name}</bdi></a>
          {last && <div class="text" dir="auto">{row.kind === "room" && !last.mine && <b>{t("row.who", { name: last.name })} </b>}{last.text}</div>}
        </div>
        <div class="end">
          <time>{shortText(row.time)}</time>
          {row.unread > 0 && <Badge n={row.mentions || row.unread} you={isForMe(row)} at={row.mentions > 0} name={t("row.unread", { n: row.unread })} />}
        </div>
        {isHere && (
          <div class="acts">
            <Button size="s" onClick={() => act("r")}>{t("catch-up.reply")} <Kbd keys="r" aria-hidden={true} /></Button>
            <Button size="s" onClick={() => act("e")}>{t("catch-up.read")} <Kbd keys="e" aria-hidden={true} /></Button>
            <Button size="s" onClick={() => act("s")}>{t(row.pinned ? "list.unstar" : "list.star")} <Kbd keys="s" aria-hidden={true} /></Button>
            <Button size="s" onClick={() => act("m")}>{t("catch-up.mute")} <Kbd keys="m" aria-hidden={true} /></Button>
          </div>
        )}
      </div>
    </li>
  );
}

const isField = (target: EventTarget | null): boolean => target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));

function useLetters(run: (key: string) => boolean): void {
  const latest = useRef(run);
  latest.current = run;
  // Before the first frame: a key pressed at once must not be lost.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || isField(event.target) || document.querySelector("dialog:modal, [popover]:popover-open")) return;
      if (latest.current(event.key)) event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

function Head({ n, count }: { n: number; count: number }) {
  return (
    <header class="bar">
      <a class="icon-btn back" href="/" aria-label={t("room.back")}><Icon name="arrow-left" /></a>
      <div class="bar-title"><h1>{t("catch-up.title")}</h1><div class="bar-sub"><span role="status">{count > 0 ? t("catch-up.sub", { n }) : t("catch-up.nothing")}</span></div></div>
      {count > 0 && <div class="bar-tools"><Button icon="double-check" class="to-icon" title={t("keys.read-all")} onClick={markAllRead}>{t("keys.read-all")}</Button></div>}
    </header>
  );
}

/** The view. */
export function CatchUp() {
  const { you, others, quiet } = catchUpOf(conversations.value);
  const [all, answers] = [[...you, ...others], threadsUnread.value];
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const at = Math.max(0, all.findIndex((row) => row.jid === chosen));
  const here = all[at];
  const goTo = (place: number): void => {
    const next = all[Math.max(0, Math.min(all.length - 1, place))];
    setChosen(next?.jid);
    if (next) document.querySelector<HTMLElement>(`[data-catch="${CSS.escape(next.jid)}"] .title`)?.focus();
  };
  const away = (): void => goTo(at + 1 < all.length ? at + 1 : at - 1);
  const act = (key: string): boolean => {
    if (!here) return false;
    if (key === "j" || key === "ArrowDown") goTo(at + 1);
    else if (key === "k" || key === "ArrowUp") goTo(at - 1);
    else if (key === "r") go(pathOf(here.jid));
    else if (key === "s") star(here);
    else if (key === "e") {
      away();
      markRead(here);
    } else if (key === "m") {
      away();
      mute(here, tomorrow());
    } else return false;
    return true;
  };
  useLetters(act);
  const group = (title: string, rows: Conversation[]) => rows.length > 0 && (
    <section aria-label={title}>
      <h2 class="group-title">{title}</h2>
      <ul>{rows.map((row) => <Row key={row.jid} row={row} isHere={row === here} choose={() => setChosen(row.jid)} act={act} />)}</ul>
    </section>
  );
  return (
    <main class="main catch-main" data-f6="h1, .title">
      <Head n={all.reduce((sum, row) => sum + row.unread, 0)} count={all.length} />
      <div class="scroll" tabIndex={-1}>
        <div class="catch-list">
          {all.length === 0 && answers === 0 && <Empty title={t("catch-up.done")}>{t("catch-up.done-text")}</Empty>}
          {answers > 0 && <p class="line"><Icon name="thread" size="s" /><a href="/threads">{t("catch-up.answers", { n: answers })}</a></p>}
          {group(t("catch-up.you"), you)}
          {group(t("section.rooms"), others)}
          {quiet > 0 && <p class="caption muted line catch-quiet"><Icon name="bell-off" size="s" /><span>{t("catch-up.quiet", { n: quiet })}</span></p>}
        </div>
      </div>
      {all.length > 0 && (
        <div class="keys" aria-hidden="true">
          <span><Kbd keys="j" /><Kbd keys="k" />{t("switcher.move")}</span><span><Kbd keys="r" />{t("catch-up.reply")}</span><span><Kbd keys="e" />{t("catch-up.read")}</span>
          <span><Kbd keys="s" />{t("list.star")}</span><span><Kbd keys="m" />{t("catch-up.mute")}</span><span><Kbd keys="Shift+Escape" />{t("keys.read-all")}</span>
        </div>
      )}
    </main>
  );
}

// SPDX-License-Identifier: Apache-2.0
// The list in its sections: unread, starred, rooms, people. Arrow keys walk through it; while somebody points at it nothing moves.
import type { Conversation } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { OfflineLine } from "../app/OfflineLine.tsx";
import { openNew, openSwitcher } from "../app/windows.tsx";
import { Badge, Icon, IconButton, Kbd, SplitHandle } from "../kit/index.ts";
import { VirtualList } from "../message/virtual.ts";
import { RequestsLine } from "../people/RequestsLine.tsx";
import { isPhone } from "../media.ts";
import { route } from "../router.ts";
import { conversations, current, me, waiting } from "../state.ts";
import { threadsUnread } from "../threads/told.ts";
import { ConversationRow } from "./ConversationRow.tsx";
import { dragging } from "./drag.ts";
import { SECTIONS, type SectionName } from "./layout.ts";
import { fold, folded, hold, letGo, listed, onlyUnread } from "./listed.ts";

const VIRTUAL_FROM = 100; // rows
const BUFFER = 600; // pixels that are there beyond the edges, so that arrow keys find the next row

function Head({ name }: { name: SectionName }) {
  const isOpen = !folded.value.includes(name);
  return (
    <div class="section-head">
      <h3 id={`s-${name}`}>
        <button type="button" aria-expanded={isOpen} onClick={() => fold(name, isOpen)}>
          {t(`section.${name}`)}
          <Icon name="chevron-down" size="xs" />
        </button>
      </h3>
      {name === "people" && <a class="icon-btn" href="/people" aria-label={t("rail.people")} title={t("rail.people")}><Icon name="plus" size="s" /></a>}
      {name === "rooms" && <a class="icon-btn" href="/rooms" aria-label={t("list.rooms")} title={t("list.rooms")}><Icon name="plus" size="s" /></a>}
    </div>
  );
}

const rowsOf = (name: SectionName): Conversation[] => (folded.value.includes(name) ? [] : listed.value[name]);
const sections = (): SectionName[] => (onlyUnread.value ? ["unread"] : SECTIONS.filter((name) => listed.value[name].length > 0 || name === "rooms" || name === "people"));

/** A section that has nothing says where something is found. */
function Nothing({ name }: { name: SectionName }) {
  if ((name !== "rooms" && name !== "people") || !me.value?.listed || folded.value.includes(name) || conversations.value.some((row) => (row.kind === "room") === (name === "rooms"))) return null;
  return <a class="list-empty" href={name === "rooms" ? "/rooms" : "/people"}>{t(name === "rooms" ? "list.no-rooms" : "list.no-people")}</a>;
}

function Sections() {
  return (
    <>
      {sections().map((name) => (
        <section key={name} class="section" aria-labelledby={`s-${name}`}>
          <Head name={name} />
          <ul>{rowsOf(name).map((row) => <li key={row.jid}><ConversationRow row={row} /></li>)}</ul>
          <Nothing name={name} />
        </section>
      ))}
    </>
  );
}

/** The same for long lists: only what can be seen is there. */
function LongList() {
  return (
    <VirtualList class="list-body scroll" bufferSize={BUFFER}>
      {sections().flatMap((name) => [
        <div key={name} class="section"><Head name={name} /></div>,
        ...rowsOf(name).map((row) => <ConversationRow key={row.jid} row={row} />),
      ])}
    </VirtualList>
  );
}

function Quick() {
  const [n, answers] = [waiting.value, threadsUnread.value];
  const isHere = route.value.view === "catch-up";
  return (
    <ul class="quick">
      <li>
        <a href="/catch-up" class={n > 0 ? "has" : undefined} aria-current={isHere ? "page" : undefined}>
          <Icon name="inbox" />
          {t("catch-up.title")}
          {n > 0 && <Badge n={n} name={t("row.unread", { n })} />}
        </a>
      </li>
      <li><a href="/threads" aria-current={route.value.view === "threads" ? "page" : undefined}><Icon name="thread" />{t("list.threads")}{answers > 0 && <Badge n={answers} name={t("list.answers", { n: answers })} />}</a></li>
      <li><a href="/later" aria-current={route.value.view === "later" ? "page" : undefined}><Icon name="bookmark" />{t("list.later")}</a></li>
    </ul>
  );
}

function TabBar() {
  const n = waiting.value;
  const { view } = route.value;
  const here = (name: string): "page" | undefined => (view === name ? "page" : undefined);
  return (
    <nav class="tabbar" aria-label={t("rail.views")}>
      <a href="/" aria-current={view === "" || view === "c" ? "page" : undefined}><Icon name="chat" /><span>{t("tab.chats")}</span></a>
      <a href="/catch-up" aria-current={here("catch-up")}><Icon name="inbox" />{n > 0 && <Badge n={n} you name={t("row.unread", { n })} />}<span>{t("catch-up.title")}</span></a>
      <a href="/settings" aria-current={here("settings")}><Icon name="person" /><span>{t("tab.you")}</span></a>
    </nav>
  );
}

/** Arrow keys from row to row. */
function onKeyDown(event: KeyboardEvent): void {
  const here = event.target as HTMLElement;
  if (event.altKey || event.ctrlKey || event.metaKey || !here.matches?.(".row")) return;
  const rows = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(".row")];
  const at = rows.indexOf(here);
  const to = { ArrowDown: at + 1, ArrowUp: Math.max(0, at - 1), Home: 0, End: rows.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  rows[to]?.focus();
}

/** The column of conversations. */
export function ConversationList() {
  const all = conversations.value;
  const domain = me.value?.jid.split("@")[1] ?? "";
  const Column = isPhone.value ? "main" : "nav";
  const Title = isPhone.value ? "h1" : "h2";
  const handlers = {
    onKeyDown, ...dragging,
    onPointerMove: (event: PointerEvent) => event.pointerType === "mouse" && hold(),
    onPointerLeave: letGo,
  };
  return (
    <Column class="list" id="list" aria-label={t("list.name")} data-f6=".row[tabindex='0']">
      <div class="list-top">
        <Title class="grow ellipsis list-title">{domain}</Title>
        <IconButton icon="filter" name={t("list.only-unread")} aria-pressed={onlyUnread.value} onClick={() => { onlyUnread.value = !onlyUnread.value; }} />
        <IconButton icon="edit" name={t("list.new")} onClick={openNew} />
      </div>
      <button type="button" class="find" onClick={openSwitcher}>
        <Icon name="search" size="s" />{t("switcher.find")}<span class="end hide-s"><Kbd keys="Mod+K" aria-hidden={true} /></span>
      </button>
      <Quick />
      <RequestsLine />
      <div class="list-hold" {...handlers}>
        {all.length > VIRTUAL_FROM ? <LongList /> : (
          <div class="list-body scroll" tabIndex={-1}>
            <Sections />
          </div>
        )}
      </div>
      {current.value === undefined && <OfflineLine />}
      <TabBar />
      <SplitHandle property="--list-w" name={t("list.width")} least={240} most={480} edge="end" />
    </Column>
  );
}

// SPDX-License-Identifier: Apache-2.0
// A conversation that is open: header, log, composer.
import { useLayoutEffect } from "preact/hooks";
import type { Conversation } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { menuOf } from "../chats/wishes.ts";
import { Composer } from "../composer/Composer.tsx";
import { Avatar } from "../kit/Avatar.tsx";
import { Icon } from "../kit/Icon.tsx";
import { type MenuEntry, MenuIconButton } from "../kit/Menu.tsx";
import { IconButton } from "../kit/IconButton.tsx";
import { later } from "../kit/later.tsx";
import { MessageLog } from "../message/MessageLog.tsx";
import { asks } from "../rooms/state.ts";
import { marksOf } from "../pins/state.ts";
import { isPhone } from "../media.ts";
import { go, openPane, route } from "../router.ts";
import { knownPresence, me, openLog, roomFaults, row } from "../state.ts";
import { OfflineLine } from "./OfflineLine.tsx";

const Trouble = later(async () => (await import("../rooms/RoomTrouble.tsx")).RoomTroubleCard);
const Asks = later(async () => (await import("../rooms/Asks.tsx")).Asks);

/** There is one as long as something is pinned. */
function PinsButton({ jid }: { jid: string }) {
  const n = marksOf(jid).length;
  const isOpen = route.value.pane === "pins";
  if (n === 0 && !isOpen) return null;
  return (
    <IconButton icon="pin" name={t("pins.count", { n })} aria-pressed={isOpen} onClick={() => openPane(isOpen ? undefined : "pins")}>
      <span class="count" aria-hidden="true">{n}</span>
    </IconButton>
  );
}

/** What else can be done here; on a phone also what has no place in the header. */
const moreOf = (here: Conversation): (MenuEntry | false)[] => [
  ...(isPhone.value ? [
    { label: t("room.search"), icon: "search", run: () => go(`/search?of=${encodeURIComponent(here.jid)}`) }, { label: t("room.files"), icon: "folder", run: () => openPane("files") },
    ...(here.kind === "room" ? [{ label: t("room.members"), icon: "people", run: () => openPane("members") }, { label: t("room.details"), icon: "info", run: () => openPane("details") }] satisfies MenuEntry[] : []),
    "line",
  ] satisfies MenuEntry[] : []),
  ...menuOf(here, true),
];

function Header({ jid }: { jid: string }) {
  const here = row(jid);
  const name = here?.name ?? jid;
  const kind = here?.kind ?? "chat";
  const presence = kind === "chat" && here ? knownPresence(here) : undefined;
  const second = kind === "room" ? here?.subject : here?.status || (presence && t(`availability.${presence}`));
  return (
    <header class="bar">
      <a class="icon-btn back" href="/" aria-label={t("room.back")}><Icon name="arrow-left" /></a>
      <Avatar jid={jid} name={name} kind={kind} size={32} picture={here?.avatar} presence={presence} />
      <div class="bar-title">
        <h1><span class="ellipsis"><bdi>{name}</bdi></span></h1>
        <div class="bar-sub">
          <span class="enc"><Icon name="lock" size="xs" />{t("room.in-transit")}</span>
          {second && <><span class="sep">·</span><span class="topic" dir="auto">{second}</span></>}
        </div>
      </div>
      <div class="bar-tools" role="toolbar" aria-label={t("room.tools")}>
        <PinsButton jid={jid} />
        <a class="icon-btn hide-s" href={`/search?of=${encodeURIComponent(jid)}`} aria-label={t("room.search")} title={t("room.search")}><Icon name="search" /></a>
        <IconButton icon="folder" class="hide-s" name={t("room.files")} aria-pressed={route.value.pane === "files"} onClick={() => openPane(route.value.pane === "files" ? undefined : "files")} />
        {kind === "room" && (
          <IconButton icon="info" class="hide-s" name={t("room.details")} aria-pressed={route.value.pane === "details"} onClick={() => openPane(route.value.pane === "details" ? undefined : "details")} />
        )}
        {kind === "room" && (
          <IconButton icon="people" name={here?.people === undefined ? t("room.members") : `${t("room.members")}, ${here.people}`} aria-pressed={route.value.pane === "members"} onClick={() => openPane(route.value.pane === "members" ? undefined : "members")}>
            {here?.people}
          </IconButton>
        )}
        {here && <MenuIconButton icon="more" name={t("message.more")} menu={() => ({ label: t("list.menu", { name }), align: "end", items: moreOf(here) })} />}
      </div>
    </header>
  );
}

/** Everything of one conversation. */
export function Room({ jid }: { jid: string }) {
  useLayoutEffect(() => openLog(jid), [jid, me.value?.jid]);
  const fault = roomFaults.value[jid];
  const name = row(jid)?.name ?? jid;
  return (
    <main class="main" data-layout={row(jid)?.kind === "room" ? "lines" : "bubbles"}>
      <div>
        <Header jid={jid} />
        <OfflineLine />
        {fault && !row(jid)?.joined && <Trouble jid={jid} trouble={fault} />}
        {asks.value.some((one) => one.room === jid) && <Asks room={jid} />}
      </div>
      <MessageLog jid={jid} name={name} />
      <Composer jid={jid} name={name} />
    </main>
  );
}

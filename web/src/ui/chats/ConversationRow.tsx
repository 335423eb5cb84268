// SPDX-License-Identifier: Apache-2.0
// A row of the list: who, when, the last words, what waits.
import type { Conversation, Delivery } from "../../shared/types.ts";
import { shortText, t } from "../../i18n/index.ts";
import { Avatar } from "../kit/Avatar.tsx";
import { Badge } from "../kit/Badge.tsx";
import { Icon, type IconName } from "../kit/Icon.tsx";
import { openMenu } from "../kit/Menu.tsx";
import { useLongPress } from "../kit/longpress.ts";
import { isMuted } from "../../shared/waits.ts";
import { pathOf } from "../router.ts";
import { current, knownPresence } from "../state.ts";
import { walk } from "./listed.ts";
import { menuOf } from "./wishes.ts";

export const TICKS: Record<Exclude<Delivery, "failed">, IconName> = { waiting: "clock", sent: "check", delivered: "double-check", read: "read-disc" };
const SIGNS: Partial<Record<NonNullable<Conversation["last"]>["kind"], IconName>> = { image: "image", voice: "mic", video: "video", file: "file", call: "phone", encrypted: "lock" };

/** One line of what was said: without the signs of blocks. */
const oneLine = (text: string): string => text.replace(/^```.*$/gm, "").replace(/^(> ?)+/gm, "").replace(/\s+/g, " ").trim();

/** With nothing said yet, the second line says whether somebody is there. */
const stateText = (row: Conversation): string => {
  const presence = knownPresence(row);
  return presence ? t(`availability.${presence}`) : "";
};

function Last({ row }: { row: Conversation }) {
  const { last, draft, writing } = row;
  if (writing.length > 0) return <span class="typing">{row.kind === "room" ? t("row.writing", { name: writing[0] ?? "" }) : t("row.is-writing")}</span>;
  if (draft) return <><span class="draft">{t("row.draft")}</span> <bdi>{draft}</bdi></>;
  if (!last) return <bdi>{row.kind === "room" ? (row.subject || t("row.room")) : row.status || stateText(row) || row.jid}</bdi>;
  if (last.delivery === "failed") return <><span class="failed"><Icon name="alert" size="xs" />{t("row.not-sent")}</span> <bdi>{last.text}</bdi></>;
  const sign = SIGNS[last.kind];
  const text = oneLine(last.text).replace(/^\/me /, "* ") || (last.kind === "retracted" ? t("row.retracted") : last.kind === "encrypted" ? t("row.encrypted") : "");
  return (
    <>
      {sign && <Icon name={sign} size="xs" />}
      {(last.mine || row.kind === "room") && <span class="who">{last.mine ? t("row.you") : t("row.who", { name: last.name })}</span>} <bdi>{text}</bdi>
    </>
  );
}

/** What stands at the end of the second line. */
function Flags({ row }: { row: Conversation }) {
  const { unread, mentions, marked, last } = row;
  if (isMuted(row)) return <span class="row-flags"><span class="sr-only">{t("row.muted")}</span><Icon name="bell-off" size="xs" /></span>;
  if (mentions > 0) return <span class="row-flags"><Badge n={mentions} you at name={t("row.mentions", { n: mentions })} /></span>;
  if (unread > 0) return <span class="row-flags"><Badge n={unread} you={row.kind === "chat"} name={t("row.unread", { n: unread })} /></span>;
  if (marked) return <span class="row-flags"><span class="badge"><span class="sr-only">{t("row.marked")}</span></span></span>;
  if (last?.mine && last.delivery && last.delivery !== "failed") return <span class="row-flags"><span class="sr-only">{t(`delivery.${last.delivery}`)}</span><Icon name={TICKS[last.delivery]} size="s" /></span>;
  return null;
}

/** One conversation in the list. */
export function ConversationRow({ row }: { row: Conversation }) {
  const muted = isMuted(row);
  const presence = knownPresence(row);
  const isUnread = (row.unread > 0 || row.marked) && !muted;
  const open = (anchor: HTMLElement | { x: number; y: number }): void => openMenu(anchor, { label: t("list.menu", { name: row.name }), items: menuOf(row) });
  const press = useLongPress((_point, target) => open(target));
  // One stop of the Tab key: the row that is open, else the first.
  const isStop = (current.value ?? walk()[0]?.jid) === row.jid;
  return (
    <a
      class="row" href={pathOf(row.jid)} tabIndex={isStop ? 0 : -1} draggable={true} {...press}
      aria-current={current.value === row.jid ? "page" : undefined} data-unread={isUnread || undefined} data-muted={muted || undefined} data-jid={row.jid}
      onContextMenu={(event) => {
        press.onContextMenu(event);
        if (event.defaultPrevented) return;
        event.preventDefault();
        // By the keyboard there is no point: it hangs at the row.
        open(event.button === 2 && event.clientX > 0 ? { x: event.clientX, y: event.clientY } : event.currentTarget);
      }}
    >
      <Avatar jid={row.jid} name={row.name} kind={row.kind} size={40} picture={row.avatar} presence={presence} />
      <span class="row-name"><span><bdi>{row.name}</bdi></span>{presence && (row.last || row.status || row.draft || row.writing.length > 0) && <span class="sr-only">{t(`availability.${presence}`)}</span>}</span>
      <time class="row-time">{row.time ? shortText(row.time) : ""}</time>
      <span class="row-last"><Last row={row} /></span>
      <Flags row={row} />
    </a>
  );
}

// SPDX-License-Identifier: Apache-2.0
// The list in its sections: unread, starred, rooms, people.
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { Conversation } from "../../shared/types.ts";
import { type Key, t } from "../../i18n/index.ts";
import { Icon } from "../kit/Icon.tsx";
import { IconButton } from "../kit/IconButton.tsx";
import { conversations, current, me } from "../state.ts";
import { RequestsLine } from "../people/RequestsLine.tsx";
import { ConversationRow } from "./ConversationRow.tsx";
import { NewConversation } from "./NewConversation.tsx";

export type SectionName = "unread" | "starred" | "rooms" | "people";
const ORDER: SectionName[] = ["unread", "starred", "rooms", "people"];

/** Where a row belongs. What is open stays where it was, so that nothing jumps under the pointer. */
export function sectionOf(row: Conversation, isOpen: boolean): SectionName {
  if (!isOpen && row.notify !== "never" && (row.unread > 0 || row.marked)) return "unread";
  return row.pinned ? "starred" : row.kind === "room" ? "rooms" : "people";
}

const onlyUnread = signal(false);

function Section({ name, rows }: { name: SectionName; rows: Conversation[] }) {
  const [open, setOpen] = useState(true);
  if (rows.length === 0 && name !== "rooms" && name !== "people") return null;
  const id = `s-${name}`;
  return (
    <section class="section" aria-labelledby={id}>
      <div class="section-head">
        <h3 id={id}>
          <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
            {t(`section.${name}` as Key & `section.${SectionName}`)}
            <Icon name="chevron-down" size="xs" />
          </button>
        </h3>
        {name === "people" && <a class="icon-btn" href="/people" aria-label={t("rail.people")} title={t("rail.people")}><Icon name="plus" size="s" /></a>}
        {name === "rooms" && <a class="icon-btn" href="/rooms" aria-label={t("list.rooms")} title={t("list.rooms")}><Icon name="plus" size="s" /></a>}
      </div>
      {open && <ul>{rows.map((row) => <li key={row.jid}><ConversationRow row={row} /></li>)}</ul>}
    </section>
  );
}

/** The column of conversations. */
export function ConversationList() {
  const [isNew, setNew] = useState(false);
  const all = conversations.value;
  const parts = Object.groupBy(all, (row) => sectionOf(row, row.jid === current.value));
  const shown = onlyUnread.value ? (["unread"] as SectionName[]) : ORDER;
  const domain = me.value?.jid.split("@")[1] ?? "";
  return (
    <nav class="list" aria-label={t("list.name")}>
      <div class="list-top">
        <h2 class="grow ellipsis">{domain}</h2>
        <IconButton icon="filter" name={t("list.only-unread")} aria-pressed={onlyUnread.value} onClick={() => { onlyUnread.value = !onlyUnread.value; }} />
        <IconButton icon="edit" name={t("list.new")} onClick={() => setNew(true)} />
      </div>
      <RequestsLine />
      <div class="list-body scroll" tabIndex={-1}>
        {shown.map((name) => <Section key={name} name={name} rows={parts[name] ?? []} />)}
        {all.length === 0 && me.value?.state === "online" && <p class="list-empty muted">{t("list.empty")}</p>}
      </div>
      {isNew && <NewConversation onClose={() => setNew(false)} />}
    </nav>
  );
}

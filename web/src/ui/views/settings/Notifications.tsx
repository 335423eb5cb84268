// SPDX-License-Identifier: Apache-2.0
// Conversations with a rule of their own, the same on all devices.
import type { Conversation, Notify } from "../../../shared/types.ts";
import { isMuted } from "../../../shared/waits.ts";
import { momentText, t } from "../../../i18n/index.ts";
import { setNotify, unmute } from "../../chats/wishes.ts";
import { Avatar, Select } from "../../kit/index.ts";
import { conversations } from "../../state.ts";
import { Block } from "./parts.tsx";

type Rule = Notify | "usual";

const ruleText = (row: Conversation): string =>
  row.notify !== "never" ? t(row.notify === "all" ? "notify.all" : "notify.mention") : row.mutedUntil ? t("notify.until", { time: momentText(row.mutedUntil) }) : t("notify.for-ever");

function Row({ row }: { row: Conversation }) {
  const change = (rule: Rule): void => (rule === "usual" ? unmute(row) : setNotify(row, rule));
  return (
    <div>
      <Avatar jid={row.jid} name={row.name} kind={row.kind} picture={row.avatar} size={32} />
      <div class="what"><bdi>{row.name}</bdi><span>{ruleText(row)}</span></div>
      <Select
        name={row.name} value={(row.notify ?? "usual") as Rule} onChange={change}
        options={[{ value: "usual", label: t("notify.usual") }, { value: "all", label: t("notify.all") }, { value: "mention", label: t("notify.mention") }, { value: "never", label: t("notify.never") }]}
      />
    </div>
  );
}

/** The page. */
export function Notifications() {
  const own = conversations.value.filter((row) => row.notify !== undefined && (row.notify !== "never" || isMuted(row)));
  return (
    <>
      <Block title={t("notify.usual")} text={t("notify.usual-text")} />
      <Block title={t("notify.own")} text={own.length === 0 ? t("notify.none") : undefined}>
        {own.length > 0 && <div class="rows">{own.map((row) => <Row key={row.jid} row={row} />)}</div>}
      </Block>
    </>
  );
}

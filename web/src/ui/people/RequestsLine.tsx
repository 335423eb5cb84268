// SPDX-License-Identifier: Apache-2.0
// A calm line over the list while somebody asks to be a contact.
import { t } from "../../i18n/index.ts";
import { Icon } from "../kit/Icon.tsx";
import { asks } from "../rooms/state.ts";
import { requests, strangersWaiting } from "./state.ts";

/** Leads to /people. */
export function RequestsLine() {
  const n = requests.value.length;
  const invited = asks.value.filter((one) => one.kind === "invited");
  const first = invited[0];
  if (n === 0 && first) return <a class="requests-line" href="/people"><Icon name="mail" size="s" />{invited.length === 1 ? t("ask.invited", { name: first.whoName, room: first.roomName }) : t("ask.some-invite", { n: invited.length })}</a>;
  const strangers = strangersWaiting.value;
  if (n === 0 && strangers > 0) return <a class="requests-line" href="/people"><Icon name="inbox" size="s" />{t("quiet.wait", { n: strangers })}</a>;
  if (n === 0) return null;
  return <a class="requests-line" href="/people"><Icon name="person-plus" size="s" />{n === 1 ? t("people.one-asks", { name: requests.value[0]?.name ?? "" }) : t("people.some-ask", { n })}</a>;
}

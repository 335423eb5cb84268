// SPDX-License-Identifier: Apache-2.0
// A calm line over the list while somebody asks to be a contact.
import { t } from "../../i18n/index.ts";
import { Icon } from "../kit/Icon.tsx";
import { requests } from "./state.ts";

/** Leads to /people. */
export function RequestsLine() {
  const n = requests.value.length;
  if (n === 0) return null;
  return <a class="requests-line" href="/people"><Icon name="person-plus" size="s" />{n === 1 ? t("people.one-asks", { name: requests.value[0]?.name ?? "" }) : t("people.some-ask", { n })}</a>;
}

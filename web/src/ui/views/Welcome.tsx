// SPDX-License-Identifier: Apache-2.0
// What the sheet shows when no conversation is open.
import { t } from "../../i18n/index.ts";
import { me } from "../state.ts";

/** An empty sheet that says what to do. */
export function Welcome() {
  return (
    <main class="main">
      <div class="empty">
        <h1>{t("welcome.title", { name: me.value?.name ?? "" })}</h1>
        <p class="muted">{t("welcome.text")}</p>
      </div>
    </main>
  );
}

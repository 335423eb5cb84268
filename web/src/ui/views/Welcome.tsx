// SPDX-License-Identifier: Apache-2.0
// What the sheet shows when no conversation is open: what to do next, for who has nothing yet.
import { t } from "../../i18n/index.ts";
import { openNew } from "../app/windows.tsx";
import { Button } from "../kit/Button.tsx";
import { Drawing } from "../kit/Drawing.tsx";
import { go, pathOf } from "../router.ts";
import { conversations, me } from "../state.ts";

/** An empty sheet that says what to do. */
export function Welcome() {
  const all = conversations.value;
  const isNew = all.every((one) => one.last === undefined);
  const first = isNew ? all.find((one) => one.kind === "chat" && one.jid !== me.value?.jid) : undefined;
  return (
    <main class="main">
      <div class="empty">
        <Drawing name="talk" />
        <h1>{t("welcome.title", { name: me.value?.name ?? "" })}</h1>
        <p>{t(isNew ? "welcome.new-text" : "welcome.text")}</p>
        {isNew && (
          <div class="line wrap">
            {first ? <Button kind="primary" onClick={() => go(pathOf(first.jid))}>{t("switcher.write", { name: first.name })}</Button> : <Button kind="primary" onClick={openNew}>{t("welcome.write")}</Button>}
            <a class="btn" href="/rooms">{t("welcome.rooms")}</a>
          </div>
        )}
      </div>
    </main>
  );
}

// SPDX-License-Identifier: Apache-2.0
// The column of the settings: their pages, in the place of the list.
import { t } from "../../../i18n/index.ts";
import { signOut } from "../../app/Rail.tsx";
import { Icon } from "../../kit/Icon.tsx";
import { isPhone } from "../../media.ts";
import { route } from "../../router.ts";
import { SETTINGS } from "./pages.ts";
import "../../styles/views-settings.css";

/** Links to the pages, and the way out. */
export function SettingsNav() {
  const Column = isPhone.value ? "main" : "nav";
  const Title = isPhone.value ? "h1" : "h2";
  return (
    <Column class="list" aria-label={t("settings.title")} data-f6="a">
      <div class="list-top">
        <a class="icon-btn" href="/" aria-label={t("room.back")} title={t("room.back")}><Icon name="arrow-left" /></a>
        <Title class="grow ellipsis list-title">{t("settings.title")}</Title>
      </div>
      <div class="side-nav scroll">
        {(["settings.me", "settings.app"] as const).map((group) => (
          <section key={group} aria-labelledby={group}>
            <h3 id={group}>{t(group)}</h3>
            {SETTINGS.filter((page) => page.group === group).map((page) => (
              <a key={page.name} href={`/settings/${page.name}`} aria-current={route.value.rest === page.name ? "page" : undefined}><Icon name={page.icon} />{t(page.title)}</a>
            ))}
          </section>
        ))}
        <button type="button" class="side-out" onClick={() => void signOut()}><Icon name="logout" />{t("rail.sign-out")}</button>
      </div>
    </Column>
  );
}

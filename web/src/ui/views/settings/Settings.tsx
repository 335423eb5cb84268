// SPDX-License-Identifier: Apache-2.0
// One page of the settings in the sheet.
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../../i18n/index.ts";
import { Icon } from "../../kit/index.ts";
import { isPhone } from "../../media.ts";
import { route } from "../../router.ts";
import { SETTINGS } from "./pages.ts";
import "../../styles/views-settings.css";

/** The page that the path names; how it looks without a name. */
export function Settings() {
  const wanted = route.value.rest;
  const page = SETTINGS.find((one) => one.name === wanted) ?? SETTINGS.find((one) => one.name === "look");
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (wanted && isPhone.peek()) title.current?.focus();
  }, [wanted]);
  if (!page) return null;
  return (
    <main class="main settings-main" data-f6="h1">
      <header class="bar phone-bar show-s"><a class="icon-btn back" href="/settings" aria-label={t("settings.back")}><Icon name="arrow-left" /></a></header>
      <div class="scroll" tabIndex={-1}>
        <div class="page">
          <div class="page-head"><h1 ref={title} tabIndex={-1}>{t(page.title)}</h1></div>
          <page.View />
        </div>
      </div>
    </main>
  );
}

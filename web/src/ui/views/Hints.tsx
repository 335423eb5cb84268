// SPDX-License-Identifier: Apache-2.0
// Three hints for who has just come in; once.
import { t } from "../../i18n/index.ts";
import { Badge, Button, Icon, Kbd } from "../kit/index.ts";
import { me } from "../state.ts";
import { setHints } from "./hinted.ts";
import "../styles/views-door.css";

/** The page. */
export function Hints() {
  return (
    <main class="hints-page door-hints">
      <div class="line spread wrap">
        <div class="stack"><h1>{t("welcome.title", { name: me.value?.name ?? "" })}</h1><p class="second">{t("hints.lead")}</p></div>
        <Button kind="primary" size="l" autofocus onClick={() => setHints(false)}>{t("hints.start")}</Button>
      </div>
      <ol class="steps">
        <li class="step"><div class="step-art" aria-hidden="true"><span class="line"><Kbd keys="Mod+K" /></span></div><div class="step-text"><h2>{t("hints.go")}</h2><p>{t("hints.go-text")}</p></div></li>
        <li class="step"><div class="step-art" aria-hidden="true"><span class="line"><Icon name="inbox" />{t("catch-up.title")}<Badge n={3} you name="" /></span></div><div class="step-text"><h2>{t("hints.catch-up")}</h2><p>{t("hints.catch-up-text")}</p></div></li>
        <li class="step"><div class="step-art" aria-hidden="true"><span class="line"><Icon name="bell-off" />{t("list.mute-tomorrow")}</span></div><div class="step-text"><h2>{t("hints.quiet")}</h2><p>{t("hints.quiet-text")}</p></div></li>
      </ol>
      <p class="caption muted">{t("hints.keys")}</p>
    </main>
  );
}

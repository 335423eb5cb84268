// SPDX-License-Identifier: Apache-2.0
// Three hints for who has just come in; once.
import { t } from "../../i18n/index.ts";
import { Avatar, Badge, Button, Icon, Kbd } from "../kit/index.ts";
import { isPhone } from "../media.ts";
import { me } from "../state.ts";
import { setHints } from "./hinted.ts";
import "../styles/views-door.css";

/** The first thing: the switcher, drawn small. */
const Go = () => (
  <div class="stack middle">
    <span class="line"><Kbd keys="Mod+K" /></span>
    <span class="hint-card">
      <span class="hint-row is-on"><span class="av av-24 sq" data-hue="4"><Icon name="hash" size="xs" /></span>{t("hints.sample-room")}</span>
      <span class="hint-row"><Avatar jid="sample" name={t("hints.sample-name")} size={24} />{t("hints.sample-name")}</span>
    </span>
  </div>
);

const Waiting = () => (
  <span class="hint-card">
    <span class="hint-row"><Icon name="inbox" /><b>{t("catch-up.title")}</b><Badge n={4} name="" /></span>
    <span class="hint-row"><span class="av av-24 sq" data-hue="4"><Icon name="hash" size="xs" /></span><b>{t("hints.sample-room")}</b><Badge n={1} you at name="" /></span>
  </span>
);

const Quiet = () => (
  <span class="hint-card">
    <span class="hint-row"><Icon name="bell-off" size="s" />{t("list.mute-hour")}</span>
    <span class="hint-row is-on"><Icon name="moon" size="s" />{t("list.mute-tomorrow")}</span>
    <span class="hint-row"><Icon name="bell-off" size="s" />{t("list.mute")}</span>
  </span>
);

/** The page. Where there are no keys, none are spoken of. */
export function Hints() {
  const isTouch = isPhone.value || matchMedia("(hover: none)").matches;
  const steps = [
    { art: Go, title: t("hints.go"), text: t(isTouch ? "hints.go-touch" : "hints.go-text") }, { art: Waiting, title: t("hints.catch-up"), text: t("hints.catch-up-text") },
    { art: Quiet, title: t("hints.quiet"), text: t(isTouch ? "hints.quiet-touch" : "hints.quiet-text") },
  ];
  return (
    <main class="hints-page door-hints">
      <div class="stack"><h1>{t("welcome.title", { name: me.value?.name ?? "" })}</h1><p class="second">{t("hints.lead")}</p></div>
      <ol class="steps">
        {steps.map(({ art: Art, title, text }) => (
          <li key={title} class="step"><div class="step-art" aria-hidden="true"><Art /></div><div class="step-text"><h2>{title}</h2><p>{text}</p></div></li>
        ))}
      </ol>
      <div class="hints-end">
        {!isTouch && <p class="caption muted">{t("hints.keys")}</p>}
        <Button kind="primary" size="l" autofocus onClick={() => setHints(false)}>{t("hints.start")}</Button>
      </div>
    </main>
  );
}

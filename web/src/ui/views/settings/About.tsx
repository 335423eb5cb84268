// SPDX-License-Identifier: Apache-2.0
// What this is, and other ways to the same account.
import { t } from "../../../i18n/index.ts";
import { Button } from "../../kit/index.ts";
import { me } from "../../state.ts";
import { Block, Line } from "./parts.tsx";

/** Has the browser send xmpp: links here (HTML, 8.10.3); it asks, and keeps the answer. */
const openLinks = (): void => navigator.registerProtocolHandler("xmpp", `${location.origin}/#%s`);

/** The page. */
export function About() {
  return (
    <Block>
      <div class="rows">
        <Line icon="server" name={me.value?.jid.split("@")[1] ?? ""} text={t("about.server")}><a class="btn" href="/about">{t("door.about")}</a></Line>
        <Line icon="lock" name={t("about.data")} text={t("about.data-text")} />
        {"registerProtocolHandler" in navigator && <Line icon="link" name={t("about.links")} text={t("about.links-text")}><Button onClick={openLinks}>{t("about.links-open")}</Button></Line>}
      </div>
    </Block>
  );
}

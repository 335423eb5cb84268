// SPDX-License-Identifier: Apache-2.0
// The column at the end: members, a thread, details. Escape closes it.
import { lookUp } from "../../shared/lookup.ts";
import { t } from "../../i18n/index.ts";
import { PANES } from "../app/tables.ts";
import { IconButton } from "../kit/IconButton.tsx";
import { SplitHandle } from "../kit/SplitHandle.tsx";
import { openPane, route } from "../router.ts";

/** The pane `name` of a conversation. */
export function Pane({ jid, name }: { jid: string; name: string }) {
  const pane = lookUp(PANES, name);
  if (!pane) return null;
  const close = (): void => {
    openPane(undefined);
    document.getElementById("composer")?.focus();
  };
  return (
    <aside class="pane" data-f6="" aria-labelledby="pane-title" onKeyDown={(event) => { if (event.key === "Escape" && !event.defaultPrevented) close(); }}>
      <SplitHandle property="--pane-w" name={t("pane.width")} least={300} most={640} edge="start" />
      <header class="bar pane-bar">
        <h2 id="pane-title" class="grow">{t(pane.title)}</h2>
        <IconButton icon="close" name={t("pane.close")} keys="Escape" onClick={close} />
      </header>
      <pane.View jid={jid} of={route.value.of} />
    </aside>
  );
}

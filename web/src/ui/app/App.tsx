// SPDX-License-Identifier: Apache-2.0
// The frame: rail, list, sheet. Without an account: the door.
import { useEffect } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { ConversationList } from "../chats/ConversationList.tsx";
import { Announcer } from "../kit/Announcer.tsx";
import { SkipLink } from "../kit/Skip.tsx";
import { Toasts } from "../kit/Toast.tsx";
import { go, route } from "../router.ts";
import { accounts, current, me, row, waiting } from "../state.ts";
import { SignIn } from "../views/SignIn.tsx";
import { Lazy } from "./Lazy.tsx";
import { PANES, VIEWS } from "./tables.ts";
import { Pane } from "../pane/Pane.tsx";
import { Rail } from "./Rail.tsx";
import { Room } from "./Room.tsx";

function useTitle(): void {
  const jid = current.value;
  const name = jid ? (row(jid)?.name ?? jid) : "";
  const count = waiting.value;
  useEffect(() => {
    document.title = `${count ? `(${count}) ` : ""}${name ? `${name} · ` : ""}Parley`;
  }, [name, count]);
}

const never = (): Promise<never> => new Promise(() => undefined);

function Frame() {
  useTitle();
  const jid = current.value;
  const { view, pane } = route.value;
  return (
    <div class="app" data-view={jid ? "room" : view === "" ? "list" : "page"}>
      <SkipLink target="composer" />
      <Rail />
      <ConversationList />
      <div class="sheet">
        {jid ? <Room key={jid} jid={jid} /> : <Lazy key={view} load={VIEWS[view] ?? VIEWS[""] ?? never} />}
        {jid && pane && PANES[pane] && <Pane key={`${jid} ${pane}`} jid={jid} name={pane} />}
      </div>
    </div>
  );
}

/** Everything on the page. */
export function App() {
  const known = accounts.value;
  const state = me.value?.state;
  const isOut = known !== undefined && (known.length === 0 || state === "signed-out" || route.value.view === "login");
  useEffect(() => {
    if (known !== undefined && known.length > 0 && route.value.view === "login" && state === "online") go("/", true);
  }, [known, state]);
  return (
    <>
      {known === undefined ? <p class="sr-only">{t("app.starting")}</p> : isOut ? <SignIn /> : <Frame />}
      <Toasts />
      <Announcer />
    </>
  );
}

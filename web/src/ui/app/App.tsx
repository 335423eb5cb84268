// SPDX-License-Identifier: Apache-2.0
// The frame: rail, list, sheet. Without an account: the door.
import { lookUp } from "../../shared/lookup.ts";
import { joining, roomUri } from "../../shared/uri.ts";
import { useEffect } from "preact/hooks";
import { restOfWords, t } from "../../i18n/index.ts";
import { ConversationList } from "../chats/ConversationList.tsx";
import { Announcer } from "../kit/Announcer.tsx";
import { firstWords, later } from "../kit/later.tsx";
import { SkipLink } from "../kit/Skip.tsx";
import { Toasts } from "../kit/Toast.tsx";
import { go, route } from "../router.ts";
import "../refused.ts";
import { renewal } from "../renewal.ts";
import { accounts, current, lives, me, row, waiting } from "../state.ts";
import { wantsHints } from "../views/hinted.ts";
import { useFrameKeys } from "./framekeys.ts";
import { noteDoor, useLanding } from "./landing.ts";
import { PANES, VIEWS } from "./tables.ts";
import { Rail } from "./Rail.tsx";

const SignIn = later(async () => (await import("../views/SignIn.tsx")).SignIn);
const Room = later(async () => (await import("./Room.tsx")).Room);
const SettingsNav = later(async () => (await import("../views/settings/SettingsNav.tsx")).SettingsNav);
const Pane = later(async () => (await import("../pane/Pane.tsx")).Pane);

const Renewal = later(async () => (await import("./Renewal.tsx")).Renewal, firstWords);

const Hints = later(async () => (await import("../views/Hints.tsx")).Hints, firstWords);
const Join = later(async () => (await import("../views/Join.tsx")).Join);

function useTitle(): void {
  const jid = current.value;
  const name = jid ? (row(jid)?.name ?? jid) : "";
  const count = waiting.value;
  useEffect(() => {
    document.title = `${count ? `(${count}) ` : ""}${name ? `${name} · ` : ""}Parley`;
    document.querySelector<HTMLLinkElement>('link[rel="icon"]')?.setAttribute("href", count ? "/icon-waits.svg" : "/icon.svg");
    const badge = navigator as { setAppBadge?: (n: number) => Promise<void> };
    void badge.setAppBadge?.(count).catch(() => undefined); // only installed apps have one
  }, [name, count]);
}

function Frame() {
  useTitle();
  useFrameKeys();
  useLanding();
  const jid = current.value;
  const { view, pane, rest } = route.value;
  const View = lookUp(VIEWS, view) ?? VIEWS[""];
  const isLink = view === "" && /^xmpp:/i.test(route.value.message);
  useEffect(() => {
    if (isLink) void followLink();
  }, [isLink, route.value.message]);
  // What comes next is fetched while nobody waits for it.
  useEffect(() => void (globalThis.requestIdleCallback ?? setTimeout)(() => void import("./Room.tsx")), []);
  return (
    <div class="app" data-view={jid ? "room" : view === "" || (view === "settings" && rest === "") ? "list" : "page"}>
      <SkipLink target="composer" />
      {renewal.value && <Renewal />}
      <Rail />
      {view === "settings" ? <SettingsNav /> : <ConversationList />}
      <div class="sheet">
        {jid ? <Room key={jid} jid={jid} /> : View && <View key={view} />}
        {jid && pane && lookUp(PANES, pane) && <Pane key={`${jid} ${pane}`} jid={jid} name={pane} />}
      </div>
    </div>
  );
}

/** The page was opened to follow a link (XEP-0147). */
async function followLink(): Promise<void> {
  const [{ linkOfPage, openXmppLink }] = await Promise.all([import("./xmpplink.ts"), restOfWords()]);
  const link = linkOfPage();
  if (link) await openXmppLink(link, true);
}

/** Everything on the page. */
export function App() {
  const known = accounts.value;
  const state = me.value?.state;
  const { view } = route.value;
  const isOut = known !== undefined && (known.length === 0 || state === "signed-out" || view === "login");
  useEffect(() => {
    if (!known || view !== "join") return;
    const { invite, room, pass } = joining(location.search);
    // Who has an account goes straight to the door of the room; without one, or an invitation to one, one signs in first.
    if (room && (known.length > 0 || !invite)) go(`/#${roomUri({ room, pass })}`, true);
    else if (known.length > 0 && !invite) go("/", true);
  }, [known, view]);
  useEffect(() => {
    if (isOut || view === "join") noteDoor();
  }, [isOut, view]);
  return (
    <>
      {known === undefined ? <p class="sr-only">{t("app.starting")}</p> : view === "join" ? <Join /> : isOut ? <SignIn /> : wantsHints() ? <Hints /> : <Frame key={lives.value} />}
      <Toasts />
      <Announcer />
    </>
  );
}

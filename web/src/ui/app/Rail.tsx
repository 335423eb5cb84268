// SPDX-License-Identifier: Apache-2.0
// The rail: the accounts above with what waits in them; help, settings and oneself below.
import { restOfWords, t } from "../../i18n/index.ts";
import { Avatar } from "../kit/Avatar.tsx";
import { Badge } from "../kit/Badge.tsx";
import { confirm } from "../kit/Dialog.tsx";
import { KEYS } from "../kit/hotkeys.ts";
import { Icon } from "../kit/Icon.tsx";
import { IconButton } from "../kit/IconButton.tsx";
import { type MenuEntry, openMenu } from "../kit/Menu.tsx";
import { showMine } from "../codes/open.ts";
import { recall, remember } from "../kit/memory.ts";
import { core } from "../core.ts";
import { go, route } from "../router.ts";
import { accountNews, accounts, choose, me, start, waiting } from "../state.ts";
import { openKeys } from "./windows.tsx";

/** Takes the account out of this browser, after a question. */
export async function signOut(): Promise<void> {
  const mine = me.peek();
  if (!mine || !(await confirm({ title: t("rail.sign-out-title"), text: t("rail.sign-out-text", { jid: mine.jid }), action: t("rail.sign-out"), danger: true }))) return;
  await core.signOut(mine.jid);
  if (recall("account") === mine.jid) remember("account", undefined);
  await start();
  go(accounts.peek()?.length ? "/" : "/login", true);
}

const openStatus = (): void => void Promise.all([import("../people/StatusDialog.tsx"), restOfWords()]).then(([one]) => one.openStatus());

function menu(jid: string): MenuEntry[] {
  return [
    { heading: jid }, { label: t("rail.status"), icon: "person", run: openStatus }, { label: t("codes.mine"), icon: "qr", run: () => showMine(jid) }, { label: t("rail.people"), icon: "people", run: () => go("/people") },
    { label: t("settings.title"), icon: "settings", run: () => go("/settings/look") }, { label: t("rail.add-account"), icon: "person-plus", run: () => go("/login") },
    "line", { label: t("rail.sign-out"), icon: "logout", run: () => void signOut() },
  ];
}

function Me() {
  const mine = me.value;
  if (!mine) return null;
  const isHere = mine.state === "online";
  const label = t("rail.you", { name: mine.name, state: t(`availability.${isHere ? mine.availability : "offline"}`) });
  const presence = mine.availability === "invisible" || !isHere ? "offline" : mine.availability;
  return (
    <button
      type="button" class="me" title={label} aria-label={label} aria-haspopup="menu" aria-expanded="false"
      onClick={(event) => openMenu(event.currentTarget, { label: t("rail.me"), items: menu(mine.jid) })}
    >
      <Avatar jid={mine.jid} name={mine.name} size={36} picture={mine.avatar} presence={presence} />
    </button>
  );
}

/** With one account its sign; with several the first letter of each. */
function Space({ jid, alone }: { jid: string; alone: boolean }) {
  const isHere = jid === me.value?.jid;
  const count = isHere ? waiting.value : (accountNews.value.find((one) => one.jid === jid)?.waiting ?? 0);
  return (
    <li>
      <button type="button" class="space" aria-current={isHere ? "true" : undefined} title={jid} onClick={() => void (isHere ? go("/") : choose(jid).then(() => go("/")))}>
        {alone ? <span class="av av-40 sq" data-hue="6"><Icon name="logo" /></span> : <Avatar jid={jid} name={jid} size={40} class="sq" />}
        <span class="sr-only">{jid}</span>
        {count > 0 && <Badge n={count} you name={t("rail.waiting", { n: count })} />}
      </button>
    </li>
  );
}

/** The narrow column at the edge. */
export function Rail() {
  const all = accounts.value ?? [];
  return (
    <nav class="rail" aria-label={t("rail.name")} data-f6="button">
      <ul>{all.map((jid) => <Space key={jid} jid={jid} alone={all.length === 1} />)}</ul>
      <span class="end" />
      <IconButton icon="help" name={t("keys.help")} keys={KEYS.help} onClick={openKeys} />
      <a class="icon-btn" href="/settings/look" aria-current={route.value.view === "settings" ? "page" : undefined} aria-label={t("settings.title")} title={t("settings.title")}><Icon name="settings" /></a>
      <Me />
    </nav>
  );
}

// SPDX-License-Identifier: Apache-2.0
// Everything that can be done from the switcher, with the keys that do the same.
import { t } from "../../i18n/index.ts";
import { mute, markAllRead, markRead, setNotify, star, tomorrow, unmute } from "../chats/wishes.ts";
import { isMuted } from "../../shared/waits.ts";
import { type IconName, KEYS } from "../kit/index.ts";
import { density, theme } from "../look.ts";
import { go, pathOf } from "../router.ts";
import { conversations, current, row } from "../state.ts";
import { openKeys, openNew } from "../app/windows.tsx";
import { SETTINGS } from "../views/settings/pages.ts";

export interface Action {
  label: string;
  icon: IconName;
  keys?: string;
  run: () => void;
}

/** About the conversation that is open. */
function here(): Action[] {
  const one = current.value ? row(current.value) : undefined;
  if (!one) return [];
  const name = one.name;
  return [
    { label: t("do.read", { name }), icon: "double-check", keys: KEYS.read, run: () => markRead(one) },
    { label: t(one.pinned ? "do.unstar" : "do.star", { name }), icon: "star", run: () => star(one) },
    isMuted(one)
      ? { label: t("do.unmute", { name }), icon: "bell", run: () => unmute(one) }
      : { label: t("do.mute-tomorrow", { name }), icon: "moon", run: () => mute(one, tomorrow()) },
    ...(isMuted(one) ? [] : [{ label: t("do.mute", { name }), icon: "bell-off", run: () => mute(one, null) } satisfies Action]),
    ...(one.kind === "room" ? [{ label: t("do.notify-all", { name }), icon: "bell-ring", run: () => setNotify(one, "all") } satisfies Action] : []),
    { label: t("do.window"), icon: "external", run: () => void window.open(pathOf(one.jid), "_blank", "noopener") },
  ];
}

/** All of it, as it is now. */
export function actions(): Action[] {
  const waits = conversations.value.some((one) => one.unread > 0 || one.marked);
  return [
    ...here(),
    { label: t("catch-up.title"), icon: "inbox", run: () => go("/catch-up") },
    { label: t("list.search"), icon: "search", keys: KEYS["search-all"], run: () => go("/search") },
    { label: t("list.threads"), icon: "thread", run: () => go("/threads") },
    { label: t("list.later"), icon: "bookmark", run: () => go("/later") },
    { label: t("rail.people"), icon: "people", run: () => go("/people") },
    { label: t("list.new"), icon: "edit", run: openNew },
    { label: t("list.rooms"), icon: "hash", run: () => go("/rooms") },
    ...(waits ? [{ label: t("keys.read-all"), icon: "double-check", keys: KEYS["read-all"], run: markAllRead } satisfies Action] : []),
    { label: t("keys.help"), icon: "keyboard", keys: KEYS.help, run: openKeys },
    { label: t("do.theme-light"), icon: "sun", run: () => (theme.value = "light") },
    { label: t("do.theme-dark"), icon: "moon", run: () => (theme.value = "dark") },
    { label: t("do.theme-system"), icon: "contrast", run: () => (theme.value = "system") },
    { label: t(density.value === "cosy" ? "do.compact" : "do.cosy"), icon: "list", run: () => (density.value = density.value === "cosy" ? "compact" : "cosy") },
    ...SETTINGS.map((page): Action => ({ label: t("do.settings", { name: t(page.title) }), icon: page.icon, run: () => go(`/settings/${page.name}`) })),
    { label: t("rail.add-account"), icon: "person-plus", run: () => go("/login") },
  ];
}

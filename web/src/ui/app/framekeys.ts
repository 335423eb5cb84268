// SPDX-License-Identifier: Apache-2.0
// The keys of the frame: where to go, and what was read.
import { useEffect } from "preact/hooks";
import { walk } from "../chats/listed.ts";
import { markAllRead, markRead } from "../chats/wishes.ts";
import type { Conversation } from "../../shared/types.ts";
import { isMuted } from "../../shared/waits.ts";
import { nextLandmark, useHotkeys } from "../kit/hotkeys.ts";
import { go, openPane, pathOf, route } from "../router.ts";
import { current, row } from "../state.ts";
import { openKeys, openSwitcher, prepareSwitcher } from "./windows.tsx";

/** To the next row of the list that is one of these, round its end. */
function step(by: 1 | -1, wanted: (one: Conversation) => boolean): void {
  const all = walk();
  const here = all.findIndex((one) => one.jid === current.value);
  const at = here < 0 && by < 0 ? 0 : here;
  for (let i = 1; i <= all.length; i++) {
    const one = all[(((at + by * i) % all.length) + all.length) % all.length];
    if (one && one.jid !== current.value && wanted(one)) return go(pathOf(one.jid));
  }
}

const any = (): boolean => true;
const isUnread = (one: Conversation): boolean => !isMuted(one) && (one.unread > 0 || one.marked);

/** Has them work as long as the frame is there. */
export function useFrameKeys(): void {
  useEffect(prepareSwitcher, []);
  useHotkeys({
    switcher: openSwitcher,
    help: openKeys,
    previous: () => step(-1, any),
    next: () => step(1, any),
    "previous-unread": () => step(-1, isUnread),
    "next-unread": () => step(1, isUnread),
    read: () => {
      const here = current.value ? row(current.value) : undefined;
      if (route.value.pane) openPane(undefined);
      else if (here) markRead(here);
      else return false;
      return true;
    },
    "read-all": markAllRead,
    mentions: () => go("/catch-up"),
    composer: () => document.getElementById("composer")?.focus(),
    pane: () => {
      if (!current.value) return false;
      openPane(route.value.pane ? undefined : row(current.value)?.kind === "room" ? "members" : undefined);
      return true;
    },
    "search-here": () => {
      if (!current.value) return false;
      go(`/search?of=${encodeURIComponent(current.value)}`);
      return true;
    },
    "search-all": () => go("/search"),
    landmark: () => nextLandmark(1),
    "landmark-back": () => nextLandmark(-1),
  });
}

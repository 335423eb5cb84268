// SPDX-License-Identifier: Apache-2.0
// The tools of a message: three recent emoji, react, reply, thread, later, more. And the menu, which finger and keyboard open, too.
import { useComputed } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { sameEmoji } from "../../shared/emoji.ts";
import type { Message } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { pickEmoji } from "../emoji/open.tsx";
import { noteEmoji, recentEmoji } from "../emoji/recent.ts";
import type { Anchor } from "../kit/float.ts";
import { IconButton } from "../kit/IconButton.tsx";
import { openMenu } from "../kit/Menu.tsx";
import { actionsOf, isThere } from "./actions.ts";
import { hold, toolsAt } from "./at.ts";

const QUICK = 3;
const QUICK_MENU = 6;
/** Have a place of their own in the tools. */
const OUTSIDE = new Set(["reply", "thread", "later"]);

/** Chooses it, or no longer. */
export function toggleReaction(message: Message, emoji: string): void {
  const there = sameEmoji(Object.keys(message.reactions), emoji);
  const mine = there !== undefined && message.reactions[there]?.some((one) => one.mine) === true;
  if (!mine) noteEmoji(emoji);
  void core.react(message.conversation, message.key, emoji, !mine);
}

/** The picker at an element; the tools stay as long as it is open. */
export function openReactions(message: Message, anchor: Anchor): void {
  void pickEmoji(anchor, (emoji) => toggleReaction(message, emoji), hold(message.key));
}

/** The menu at an element or a point; `isAlone`: there are no tools beside it, so that it has everything. */
export function openMessageMenu(message: Message, anchor: Anchor, isAlone: boolean): void {
  const actions = actionsOf(message).filter((one) => isAlone || !OUTSIDE.has(one.id));
  if (actions.length === 0) return;
  const quiet = actions.filter((one) => !one.danger);
  const loud = actions.filter((one) => one.danger);
  const entry = (one: (typeof actions)[number]) => ({ label: one.label, icon: one.icon, run: one.run, ...(one.danger ? { danger: true } : {}), ...(one.key ? { keys: one.key.toUpperCase() } : {}) });
  openMenu(anchor, {
    label: t("message.menu"), align: "end", onClose: hold(message.key),
    items: [...quiet.map(entry), loud.length > 0 && "line", ...loud.map(entry)],
    head: isAlone && isThere(message) ? (close) => (
      <div class="menu-emoji" role="group" aria-label={t("message.react")}>
        {recentEmoji.value.slice(0, QUICK_MENU).map((emoji) => (
          <button key={emoji} type="button" role="menuitem" tabIndex={-1} aria-label={t("message.react-with", { emoji })} onClick={() => { close(); toggleReaction(message, emoji); }}>{emoji}</button>
        ))}
        <IconButton icon="react" name={t("message.react")} role="menuitem" tabIndex={-1} onClick={() => { close(); openReactions(message, anchor); }} />
      </div>
    ) : undefined,
  });
}

function Tools({ message }: { message: Message }) {
  const own = actionsOf(message).filter((one) => OUTSIDE.has(one.id));
  const ok = isThere(message);
  const bar = useRef<HTMLDivElement>(null);
  const [isLow, setLow] = useState(false);
  // At the upper edge they would be cut off.
  useLayoutEffect(() => {
    const [own, view] = [bar.current?.getBoundingClientRect(), bar.current?.closest(".log-in")?.getBoundingClientRect()];
    setLow(own !== undefined && view !== undefined && own.top < view.top);
  }, []);
  return (
    <div ref={bar} class={isLow ? "hover-tools is-low" : "hover-tools"} role="toolbar" aria-label={t("message.tools")}>
      {ok && (
        <>
          {recentEmoji.value.slice(0, QUICK).map((emoji) => (
            <button key={emoji} type="button" class="icon-btn emoji" aria-label={t("message.react-with", { emoji })} title={t("message.react-with", { emoji })} onClick={() => toggleReaction(message, emoji)}>{emoji}</button>
          ))}
          <IconButton icon="react" name={t("message.react")} keys="+" aria-haspopup="dialog" onClick={(event) => openReactions(message, event.currentTarget)} />
          <hr />
        </>
      )}
      {own.map((one) => <IconButton key={one.id} icon={one.icon} name={one.label} keys={one.key?.toUpperCase()} aria-pressed={one.pressed} onClick={one.run} />)}
      <IconButton icon="more" name={t("message.more")} aria-haspopup="menu" onClick={(event) => openMessageMenu(message, event.currentTarget, false)} />
    </div>
  );
}

/** The tools, if this message has them now. */
export function ToolsSlot({ message }: { message: Message }) {
  const { key } = message;
  const isHere = useComputed(() => toolsAt.value === key);
  return isHere.value ? <Tools message={message} /> : null;
}

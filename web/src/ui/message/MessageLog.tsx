// SPDX-License-Identifier: Apache-2.0
// The log: a virtual list that keeps its place when the past comes in above, follows the end while one is there, and says what
// was seen. Or a window into its middle.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { announce } from "../kit/Announcer.tsx";
import { Button } from "../kit/Button.tsx";
import { Icon } from "../kit/Icon.tsx";
import { useLongPress } from "../kit/longpress.ts";
import { go, pathOf, route } from "../router.ts";
import { log, type LogState, me, row } from "../state.ts";
import { cleanLine, summary } from "../text/index.ts";
import { endKeptUnread, keptUnread } from "./actions.ts";
import { focused } from "./at.ts";
import { ComingsLine, DayDivider, EventLine, UnreadDivider } from "./Dividers.tsx";
import { goal, goTo, goToUnread } from "./goto.ts";
import { type Item, group } from "./group.ts";
import { MessageView } from "./MessageView.tsx";
import { type ListHandle, VirtualRows } from "./virtual.ts";
import { onHold, walker } from "./walk.ts";
import { leaveWindow, shownWindow, type WindowState } from "./window.ts";

const NEAR = 800; // px from an edge at which more is asked for
const END = 40; // px from the end that count as being there
const SEEN_AFTER = 1000; // ms that something must be in view to be read
const MARKED = 2000; // ms that a message one went to is marked
const FRAMES = 60; // that are waited for a message to be rendered

/** The end of the log is in view of somebody who looks: read after a second. */
function useSeen(jid: string, atEnd: boolean, newest: string | undefined): void {
  const isKept = keptUnread.value.has(jid);
  useEffect(() => {
    if (!atEnd || !newest || isKept) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = (): void => {
      clearTimeout(timer);
      if (document.visibilityState === "visible" && document.hasFocus()) timer = setTimeout(() => void core.displayed(jid, newest), SEEN_AFTER);
    };
    look();
    addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      removeEventListener("focus", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [jid, atEnd, newest, isKept]);
}

/** Messages of others that come while one looks are said once. */
function useAnnounced(state: LogState | undefined): void {
  const last = useRef<number | undefined>(undefined);
  useEffect(() => {
    const newest = state?.messages.findLast((one) => !one.from.mine);
    if (!newest) return;
    if (last.current !== undefined && newest.order > last.current && !newest.event) announce(`${cleanLine(newest.from.name)}: ${summary(newest.text)}`);
    last.current = newest.order;
  }, [state]);
}

/** Who writes has seen what was there. */
function useAnswered(jid: string, own: string | undefined): void {
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) endKeptUnread(jid);
    first.current = false;
  }, [jid, own]);
}

/** Brings the focus to a message as soon as it is rendered. */
function focusMessage(box: HTMLElement | null, key: string, marks: boolean, frames = FRAMES): void {
  const article = box?.querySelector<HTMLElement>(`article[data-key="${CSS.escape(key)}"]`);
  if (article) {
    article.focus({ preventScroll: true });
    if (!marks) return;
    article.classList.add("is-target");
    setTimeout(() => article.classList.remove("is-target"), MARKED);
  } else if (frames > 0) requestAnimationFrame(() => focusMessage(box, key, marks, frames - 1));
}

interface Place {
  jid: string;
  name: string;
  state: LogState;
  window: WindowState | undefined;
  onEnd: (isAtEnd: boolean) => void;
  /** Gets the way to the end. */
  endRef: { current: () => void };
}

function ItemView({ item, jid, name, onRead }: { item: Item; jid: string; name: string; onRead: () => void }) {
  if (item.kind === "message") return <MessageView message={item.message} isStart={item.isStart} isEnd={item.isEnd} showsDelivery={item.showsDelivery} />;
  if (item.kind === "day") return <DayDivider jid={jid} time={item.time} />;
  if (item.kind === "new") return <UnreadDivider time={item.time} onRead={onRead} />;
  if (item.kind === "event") return <EventLine message={item.message} />;
  if (item.kind === "comings") return <ComingsLine came={item.came} left={item.left} />;
  return item.kind === "start" ? <p class="log-start">{t("log.start", { name })}</p> : <div class="log-end" />;
}

/** Asks for more on the side that is near. */
function useMore(jid: string, state: LogState, window: WindowState | undefined) {
  const asking = useRef(false);
  return (where: "older" | "newer"): void => {
    const isAll = where === "older" ? state.atStart : (window?.atEnd ?? true);
    if (isAll || asking.current) return;
    asking.current = true;
    const more = window ? core.growWindow(window.id, where) : core.older(jid);
    more.catch(() => undefined).finally(() => {
      asking.current = false;
    });
  };
}

/** The stretch that is shown: of the log, or of a window. */
function Stretch({ jid, name, state, window, onEnd, endRef }: Place) {
  const list = useRef<ListHandle>(null);
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(!window);
  const offset = useRef(0);
  const placed = useRef(false);
  const items = useMemo(() => group(state.messages, { firstUnread: state.firstUnread, atStart: state.atStart }), [state]);
  const more = useMore(jid, state, window);
  const wanted = goal.value?.conversation === jid ? goal.value : undefined;
  const toEnd = (): void => list.current?.scrollToIndex(items.length - 1, { align: "end" });
  const indexOf = (key: string): number => items.findIndex((one) => one.key === key);
  endRef.current = () => {
    follows.current = true;
    onEnd(true);
    toEnd();
  };

  useLayoutEffect(() => {
    if (state.messages.length === 0) return;
    const place = wanted ? indexOf(wanted.key) : -1;
    if (wanted && place >= 0) {
      [placed.current, follows.current] = [true, false];
      goal.value = undefined;
      const divider = items[place - 1]?.kind === "new" ? place - 1 : place;
      list.current?.scrollToIndex(divider, { align: wanted.marks ? "center" : "start" });
      focusMessage(box.current, wanted.key, wanted.marks);
    } else if (!placed.current) {
      placed.current = true;
      const firstNew = items.findIndex((one) => one.kind === "new");
      follows.current = firstNew < 0 && !window;
      list.current?.scrollToIndex(firstNew >= 0 ? firstNew : items.length - 1, { align: firstNew >= 0 ? "start" : "end" });
      // A short one is at its end wherever it begins.
      if (firstNew >= 0) requestAnimationFrame(() => requestAnimationFrame(() => onScroll(list.current?.scrollOffset ?? 0)));
    } else if (follows.current) toEnd();
    focused.value = focused.peek() !== undefined && indexOf(focused.peek() ?? "") >= 0 ? focused.peek() : state.messages.findLast((one) => !one.event)?.key;
  }, [items, wanted]);

  const onScroll = (now: number): void => {
    const handle = list.current;
    if (!handle || !placed.current) return;
    const atEnd = now + handle.viewportSize >= handle.scrollSize - END;
    // What comes in makes the list longer before it is followed: only who scrolls back leaves the end.
    if (atEnd) follows.current = !window;
    else if (now < offset.current - 1) follows.current = false;
    offset.current = now;
    onEnd(atEnd || follows.current);
    if (now < NEAR) more("older");
    if (window && handle.scrollSize - now - handle.viewportSize < NEAR) more("newer");
    if (window?.atEnd && atEnd) leaveWindow();
  };
  const messageOf = (key: string) => state.messages.find((one) => one.key === key);
  const walk = walker({
    keys: () => items.filter((one) => one.kind === "message").map((one) => one.key),
    message: messageOf,
    to: (key) => {
      list.current?.scrollToIndex(indexOf(key), { align: "nearest" });
      focusMessage(box.current, key, false);
    },
  });
  const press = useLongPress((point) => onHold(point, messageOf));
  const newest = state.messages.findLast((one) => one.archive)?.key;
  const stop = indexOf(focused.value ?? "");
  return (
    <div ref={box} class="log-in scroll" {...walk} {...press}>
      <div class="log-fill" />
      <VirtualRows
        ref={list} data={items} scrollRef={box} shift={state.shifted} onScroll={onScroll} onResize={() => follows.current && placed.current && toEnd()} bufferSize={400}
        keepMounted={stop >= 0 ? [stop] : []}
      >
        {(item) => <ItemView key={item.key} item={item} jid={jid} name={name} onRead={() => { endKeptUnread(jid); if (newest) void core.displayed(jid, newest); }} />}
      </VirtualRows>
    </div>
  );
}

/** Links to a message lead there as soon as the log has come. */
function useLink(jid: string, isReady: boolean): void {
  const { message } = route.value;
  useEffect(() => {
    if (isReady && message) void goTo(jid, message).then(() => go(pathOf(jid), true));
  }, [jid, isReady, message]);
}

/** The messages of one conversation. */
export function MessageLog({ jid, name }: { jid: string; name: string }) {
  const main = log(jid).value;
  const window = shownWindow.value?.conversation === jid ? shownWindow.value : undefined;
  const state = window ?? main;
  const [atEnd, setAtEnd] = useState(true);
  const toEnd = useRef<() => void>(() => undefined);
  useSeen(jid, atEnd && !window, main?.messages.findLast((one) => one.archive && !one.from.mine)?.key);
  useAnnounced(main);
  useAnswered(jid, main?.messages.findLast((one) => one.from.mine)?.key);
  useLink(jid, main !== undefined && me.value?.state === "online");
  useEffect(() => () => {
    leaveWindow();
    endKeptUnread(jid);
  }, [jid]);
  const unread = row(jid)?.unread ?? 0;
  const isFar = unread > 0 && main !== undefined && main.firstUnread === undefined && !window && row(jid)?.displayed !== undefined;
  const onJump = (): void => {
    if (window) leaveWindow();
    else toEnd.current();
  };
  return (
    <section class="log" aria-label={t("log.name", { name })} data-f6="article[tabindex='0']">
      {isFar && (
        <Button class="jump jump-up" size="s" onClick={() => void goToUnread(jid)}>
          <Icon name="arrow-up" size="s" />{t("log.to-unread", { n: unread })}
        </Button>
      )}
      {state && <Stretch key={window?.id ?? "log"} jid={jid} name={name} state={state} window={window} onEnd={setAtEnd} endRef={toEnd} />}
      {(!atEnd || window) && (
        <Button class="jump" size="s" onClick={onJump}>
          <Icon name="arrow-down" size="s" />
          {unread > 0 ? t("log.jump-new", { n: unread }) : t("log.jump")}
        </Button>
      )}
    </section>
  );
}

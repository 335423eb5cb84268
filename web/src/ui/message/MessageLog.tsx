// SPDX-License-Identifier: Apache-2.0
// The log: a long list that keeps its place when the past comes in above, follows the end while one is there, and says what
// was seen. Or a window into its middle.
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { announce } from "../kit/Announcer.tsx";
import { Button } from "../kit/Button.tsx";
import { Icon } from "../kit/Icon.tsx";
import { useLongPress } from "../kit/longpress.ts";
import { go, route } from "../router.ts";
import { log, type LogState, me, row } from "../state.ts";
import { cleanLine, summary } from "../text/index.ts";
import { endKeptUnread, keptUnread } from "./actions.ts";
import { focused } from "./at.ts";
import { ComingsLine, DayDivider, EventLine, LogStart, UnreadDivider } from "./Dividers.tsx";
import { goal, goTo, goToUnread } from "./goto.ts";
import { type Item, group } from "./group.ts";
import { Keeper } from "./keeper.ts";
import { KeptList } from "./KeptList.tsx";
import { MessageView } from "./MessageView.tsx";
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
  isBack: boolean;
}

function ItemView({ item, jid, name, onRead }: { item: Item; jid: string; name: string; onRead: () => void }) {
  if (item.kind === "message") return <MessageView message={item.message} isStart={item.isStart} isEnd={item.isEnd} showsDelivery={item.showsDelivery} />;
  if (item.kind === "day") return <DayDivider jid={jid} time={item.time} />;
  if (item.kind === "new") return <UnreadDivider time={item.time} onRead={onRead} />;
  if (item.kind === "event") return <EventLine message={item.message} />;
  if (item.kind === "comings") return <ComingsLine came={item.came} left={item.left} />;
  return item.kind === "start" ? <LogStart jid={jid} name={name} /> : <div class="log-end" />;
}

/** Asks for more on the side that is near; `again` looks once more when that was wished while an answer was on its way. */
function useMore(jid: string, state: LogState, window: WindowState | undefined, again: () => void) {
  const asking = useRef(false);
  const missed = useRef(false);
  return (where: "older" | "newer"): void => {
    const isAll = where === "older" ? state.atStart : (window?.atEnd ?? true);
    if (isAll) return;
    missed.current = asking.current;
    if (asking.current) return;
    asking.current = true;
    const more = window ? core.growWindow(window.id, where) : core.older(jid);
    const done = (isGood: boolean): void => {
      asking.current = false;
      if (isGood && missed.current) again();
    };
    more.then(() => done(true), () => done(false));
  };
}

/** The stretch that is shown: of the log, or of a window. `isBack`: one comes back from a window, to the end. */
function Stretch({ jid, name, state, window, onEnd, endRef, isBack }: Place) {
  const box = useRef<HTMLDivElement>(null);
  const keeper = useMemo(() => new Keeper(), []);
  const placed = useRef(false);
  const unread = useRef(state.firstUnread);
  const [, render] = useReducer((n: number) => n + 1, 0);
  const items = useMemo(() => group(state.messages, { firstUnread: state.firstUnread, atStart: state.atStart }), [state]);
  const more = useMore(jid, state, window, () => keeper.tell());
  const wanted = goal.value?.conversation === jid ? goal.value : undefined;
  const indexOf = (key: string): number => items.findIndex((one) => one.key === key);
  const place = wanted ? indexOf(wanted.key) : -1;
  keeper.mayFollow = !window;
  endRef.current = () => {
    keeper.toEnd();
    onEnd(true);
    render(undefined);
  };

  // Before the items are rendered: what is shown first is in its place.
  if (wanted && place >= 0) keeper.aim(items[place - 1]?.kind === "new" ? "new" : wanted.key, wanted.marks ? "center" : "start");
  else if (!placed.current && state.messages.length > 0) {
    if (window) keeper.aim(items[items.length >> 1]?.key ?? "", "center");
    else if (state.firstUnread && !isBack && indexOf("new") >= 0) keeper.aim("new", "start");
    else keeper.toEnd();
  }
  // What has come while nobody looked begins where the view ends.
  if (state.firstUnread !== unread.current && unread.current === undefined && placed.current && !document.hasFocus()) keeper.follows = false;
  unread.current = state.firstUnread;
  placed.current ||= state.messages.length > 0;

  useLayoutEffect(() => {
    if (wanted && place >= 0) {
      goal.value = undefined;
      focusMessage(box.current, wanted.key, wanted.marks);
    }
    focused.value = focused.peek() !== undefined && indexOf(focused.peek() ?? "") >= 0 ? focused.peek() : state.messages.findLast((one) => !one.event)?.key;
  }, [items, wanted]);

  const onMoved = (before: number, behind: number): void => {
    if (!placed.current) return;
    onEnd(behind < END || keeper.follows);
    if (before < NEAR) more("older");
    if (window && behind < NEAR) more("newer");
    if (window?.atEnd && behind < END) leaveWindow();
  };
  const messageOf = (key: string) => state.messages.find((one) => one.key === key);
  const walk = walker({
    keys: () => items.filter((one) => one.kind === "message").map((one) => one.key),
    message: messageOf,
    to: (key) => {
      keeper.reveal(key);
      render(undefined);
      focusMessage(box.current, key, false);
    },
    isMoving: () => keeper.isMoving,
  });
  const press = useLongPress((point) => onHold(point, messageOf), "article.msg");
  const newest = state.messages.findLast((one) => one.archive)?.key;
  const onRead = (): void => {
    endKeptUnread(jid);
    if (newest) void core.displayed(jid, newest);
  };
  return (
    <div ref={box} class="log-in scroll" {...walk} {...press}>
      <div class="log-fill" />
      <KeptList keeper={keeper} items={items} boxRef={box} class="log-rows" keep={focused.value} onMoved={onMoved}>
        {(item) => <ItemView item={item} jid={jid} name={name} onRead={onRead} />}
      </KeptList>
    </div>
  );
}

/** Links to a message lead there as soon as the log has come. */
function useLink(jid: string, isReady: boolean): void {
  const { message } = route.value;
  useEffect(() => {
    if (isReady && message) void goTo(jid, message).then(() => location.hash && go(location.pathname + location.search, true));
  }, [jid, isReady, message]);
}

/** The messages of one conversation. */
export function MessageLog({ jid, name }: { jid: string; name: string }) {
  const main = log(jid).value;
  const window = shownWindow.value?.conversation === jid ? shownWindow.value : undefined;
  const state = window ?? main;
  const [atEnd, setAtEnd] = useState(true);
  const toEnd = useRef<() => void>(() => undefined);
  const wasAway = useRef(false);
  wasAway.current ||= window !== undefined;
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
      {state && <Stretch key={window?.id ?? `log ${jid}`} jid={jid} name={name} state={state} window={window} onEnd={setAtEnd} endRef={toEnd} isBack={wasAway.current} />}
      {(!atEnd || window) && (
        <Button class="jump" size="s" onClick={onJump}>
          <Icon name="arrow-down" size="s" />
          {unread > 0 ? t("log.jump-new", { n: unread }) : t("log.jump")}
        </Button>
      )}
    </section>
  );
}

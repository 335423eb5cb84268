// SPDX-License-Identifier: Apache-2.0
// The log: a virtual list that keeps its place when the past comes in above, follows the end while one is there, and says what
// was seen.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { dayText, t, timeText } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { announce } from "../kit/Announcer.tsx";
import { Button } from "../kit/Button.tsx";
import { Icon } from "../kit/Icon.tsx";
import { log, row } from "../state.ts";
import { type Item, group } from "./group.ts";
import { MessageView } from "./MessageView.tsx";
import { type ListHandle, VirtualList } from "./virtual.ts";

const NEAR = 600; // px from the top at which the past is asked for
const END = 40; // px from the end that count as being there
const SEEN_AFTER = 1000; // ms that something must be in view to be read

function ItemView({ item, onRead }: { item: Item; onRead: () => void }) {
  if (item.kind === "day") return <div class="day"><span>{dayText(item.time)}</span></div>;
  if (item.kind === "new") {
    return (
      <div class="new" role="group" aria-label={t("log.new-since", { time: timeText(item.time) })}>
        <span>{t("log.new-since", { time: timeText(item.time) })}</span>
        <Button size="s" kind="quiet" onClick={onRead}>{t("log.mark-read")}</Button>
      </div>
    );
  }
  if (item.kind === "event") return <div class="event-line">{item.message.event?.kind === "subject" ? t("log.subject", { name: item.message.from.name, text: item.message.event.text }) : item.message.event?.text}</div>;
  return <MessageView {...item} />;
}

/** The end of the log is in view of somebody who looks: read after a second. */
function useSeen(jid: string, atEnd: boolean, newest: string | undefined): void {
  useEffect(() => {
    if (!atEnd || !newest) return;
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
  }, [jid, atEnd, newest]);
}

/** Messages of others that come while one looks are said once. */
function useAnnounced(state: ReturnType<typeof log>["value"]): void {
  const last = useRef<number | undefined>(undefined);
  useEffect(() => {
    const newest = state?.messages.findLast((one) => !one.from.mine);
    if (!newest) return;
    if (last.current !== undefined && newest.order > last.current) announce(`${newest.from.name}: ${newest.text.slice(0, 200)}`);
    last.current = newest.order;
  }, [state]);
}

/** The messages of one conversation. */
export function MessageLog({ jid, name }: { jid: string; name: string }) {
  const state = log(jid).value;
  const list = useRef<ListHandle>(null);
  const [atEnd, setAtEnd] = useState(true);
  const asking = useRef(false);
  const placed = useRef(false);
  const items = useMemo(() => (state ? group(state.messages, state.firstUnread) : []), [state]);
  const newest = state?.messages.findLast((one) => one.archive)?.key;
  useSeen(jid, atEnd, newest);
  useAnnounced(state);

  useLayoutEffect(() => {
    if (items.length === 0) return;
    const firstNew = items.findIndex((one) => one.kind === "new");
    if (!placed.current) {
      placed.current = true;
      list.current?.scrollToIndex(firstNew >= 0 ? firstNew : items.length - 1, { align: firstNew >= 0 ? "start" : "end" });
    } else if (atEnd && !state?.shifted) list.current?.scrollToIndex(items.length - 1, { align: "end" });
  }, [items]);

  const onScroll = (offset: number): void => {
    const handle = list.current;
    if (!handle) return;
    setAtEnd(offset + handle.viewportSize >= handle.scrollSize - END);
    if (offset < NEAR && state && !state.atStart && !asking.current && placed.current) {
      asking.current = true;
      core.older(jid).catch(() => undefined).finally(() => { asking.current = false; });
    }
  };
  const toEnd = (): void => list.current?.scrollToIndex(items.length - 1, { align: "end" });
  const unread = row(jid)?.unread ?? 0;
  return (
    <section class="log" aria-label={t("log.name", { name })}>
      {state && (
        <VirtualList ref={list} class="log-in scroll" shift={state.shifted} onScroll={onScroll} bufferSize={400}>
          {items.map((item) => <ItemView key={item.key} item={item} onRead={() => newest && void core.displayed(jid, newest)} />)}
        </VirtualList>
      )}
      {!atEnd && (
        <Button class="jump" size="s" onClick={toEnd}>
          <Icon name="arrow-down" size="s" />
          {unread > 0 ? t("log.jump-new", { n: unread }) : t("log.jump")}
        </Button>
      )}
    </section>
  );
}

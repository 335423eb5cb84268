// SPDX-License-Identifier: Apache-2.0
// Logs are filled from the archive (XEP-0313) when they are opened: the newest page, then what is missing behind what is kept, and
// older pages as somebody scrolls. A log is one unbroken stretch: when too much is missing, it begins anew at the end.
import { Refusal } from "../../shared/rpc.ts";
import type { Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { lastOf } from "../model/last.ts";
import type { Change, Log, Named } from "../model/log.ts";
import type { Window } from "../model/logs.ts";
import { bare } from "../xml/el.ts";
import type { Page } from "../xml/form.ts";
import type { Answer } from "./archive.ts";

const PAGE = 50;
const GAP_PAGES = 4; // of GAP_PAGE messages; more are not worth to be fetched to close a gap
const GAP_PAGE = 100;
const AGAIN_FIRST = 1000; // ms until a log is tried again that could not be filled
const AGAIN_MAX = 30_000;
/** Faults that are none of the archive's. */
const TRANSIENT = new Set(["offline", "timeout", "too-fast"]);
const PATIENCE = 400; // ms that a page waits for what is missing, rather than show what moves when it comes
const SETTLE_AFTER = 700; // ms: one question for several messages of mine

export const history: FeatureMaker = (context): Feature => {
  const { stream, logs, rows } = context;
  let session = 0;
  /** The counts of this session are there. */
  let isListed = false;
  const listeners = new Set<() => void>();
  const started = Date.now();
  const filling = new Map<Jid, Promise<void>>();
  /** Something came while the log was being filled: fill once more. */
  const again = new Set<Jid>();

  const query = (conversation: Jid, isRoom: boolean, which: Page & { start?: number; ids?: string[] }): Promise<Answer> => context.archive.ask({ conversation, isRoom, ...which });

  function put(log: Log, result: Answer, where: "newer" | "older"): void {
    const change: Change = { upserts: new Set(), removed: [] };
    const items = where === "older" ? result.items.toReversed() : result.items;
    for (const { id, parsed } of items) for (const one of log.add(parsed, where, id).upserts) change.upserts.add(one);
    if (where === "older" && result.first) log.first = result.first;
    if (where === "newer" && result.last) log.last = result.last;
    log.first ??= result.first;
    log.last ??= result.last;
    logs.changed(log, change, where === "older");
  }

  const named = (result: Answer): Named[] => result.items.map(({ id, parsed }) => ({ archive: id, parsed }));

  function reconcile(log: Log, result: Answer, sure: ReadonlySet<string>): void {
    logs.changed(log, log.reconcile(named(result), result.complete || result.items.length === 0, sure));
  }

  /** The row shows what the log ends with, in the order of the archive. */
  function freshen(log: Log): void {
    const newest = log.end;
    if (newest && logs.isCurrent(log.conversation)) rows.update(log.conversation, { last: lastOf(newest), time: newest.time });
  }

  async function startAnew(log: Log): Promise<void> {
    const sure = log.sure();
    const result = await query(log.conversation, log.kind === "room", { max: PAGE, before: "" });
    logs.hush(log.conversation);
    log.anew({ items: named(result), first: result.first, last: result.last, isWhole: result.complete }, sure);
    logs.changed(log, { upserts: new Set(), removed: [] }, true);
  }

  /** Up to the newest: page by page behind what is there, or anew. */
  async function catchUp(log: Log): Promise<void> {
    for (let pages = 0; pages < GAP_PAGES; pages++) {
      const after = log.anchor ?? log.last;
      if (!after) break;
      const sure = log.sure();
      const result = await query(log.conversation, log.kind === "room", { max: GAP_PAGE, after }).catch((why: unknown) => {
        if (why instanceof Refusal && why.fault === "not-there") return undefined; // the archive has forgotten it
        throw why;
      });
      if (!result) break;
      if (log.anchor === undefined) put(log, result, "newer");
      else reconcile(log, result, sure);
      if (result.complete || result.items.length === 0) return;
    }
    await startAnew(log);
  }

  function firstUnread(log: Log): string | undefined {
    const row = rows.get(log.conversation);
    if (!row?.unread) return undefined;
    const all = log.messages;
    const seen = row.displayed ? all.findIndex((one) => one.archive === row.displayed) : -1;
    if (seen < 0 && !log.atStart) return undefined;
    return all.slice(seen + 1).find((one) => !one.from.mine)?.key;
  }

  /** All of it to who waits for it, or where what is new begins to who has it. */
  function tell(log: Log): void {
    const first = firstUnread(log);
    if (!logs.isTold(log.conversation)) logs.tellAll(log.conversation, first);
    else if (first) logs.tellUnread(log, first);
  }

  /** The inbox has been read, or takes its time. */
  const listed = (): Promise<void> => (isListed ? Promise.resolve() : new Promise((resolve) => {
    listeners.add(resolve);
    setTimeout(resolve, PATIENCE);
  }));

  async function fill(conversation: Jid): Promise<void> {
    const kind = rows.get(conversation)?.kind ?? "chat";
    const log = await logs.load(conversation, kind);
    do {
      again.delete(conversation);
      await catchUp(log);
    } while (again.has(conversation));
    logs.setCurrent(conversation, true);
    context.raise("onFilled", conversation);
    if (log.anchor !== undefined) settleSoon(conversation);
    freshen(log);
    void listed().then(() => tell(log));
  }

  /** Nothing has come since it was kept. */
  function isWhole(log: Log): boolean {
    const row = rows.get(log.conversation);
    return isListed && row !== undefined && log.newest !== undefined && log.newest.time >= row.time && (!row.unread || firstUnread(log) !== undefined);
  }

  /** To a page that has opened it: at once if that is all, else with what is about to come, unless it takes its time. */
  function tellOpened(log: Log): void {
    const { conversation } = log;
    const wait = stream.isOnline ? PATIENCE : session === 0 ? started + PATIENCE - Date.now() : 0;
    if (wait <= 0 || logs.isTold(conversation) || logs.isCurrent(conversation) || isWhole(log)) logs.tellAll(conversation, firstUnread(log));
    else setTimeout(() => !logs.isTold(conversation) && logs.tellAll(conversation, firstUnread(log)), wait);
  }

  const settling = new Map<Jid, ReturnType<typeof setTimeout>>();

  /** Conversations that settle() asks for, whether something came meanwhile, which may stand before or behind what the answer says, and whether more was sent. */
  const asking = new Map<Jid, { isDisturbed: boolean; isOutrun: boolean }>();

  /** Ids and places of what I have sent, from the archive. While the log is filled there is no need: its end comes here. */
  async function settle(conversation: Jid): Promise<void> {
    settling.delete(conversation);
    const log = logs.get(conversation);
    if (log?.anchor === undefined || !logs.isCurrent(conversation) || filling.has(conversation)) return;
    const before = asking.get(conversation);
    if (before) {
      before.isOutrun = true;
      return;
    }
    const now = { isDisturbed: false, isOutrun: false };
    asking.set(conversation, now);
    const sure = log.sure();
    const result = await query(conversation, false, { max: GAP_PAGE, after: log.anchor }).finally(() => asking.delete(conversation));
    if (filling.has(conversation) || !logs.isCurrent(conversation)) return;
    if (now.isDisturbed) { // while a log is filled, what comes waits for its turn
      logs.setCurrent(conversation, false);
      void need(conversation);
      return;
    }
    reconcile(log, result, sure);
    context.raise("onFilled", conversation);
    freshen(log);
    if (!result.complete || now.isOutrun) settleSoon(conversation);
  }

  /** What fails for the network's sake is asked again: offline onOnline does it. */
  function settleSoon(conversation: Jid, pause = SETTLE_AFTER): void {
    if (settling.has(conversation)) return;
    const again = (why: unknown): void => {
      if (!(why instanceof Refusal) || !stream.isOnline) return;
      if (TRANSIENT.has(why.fault)) settleSoon(conversation, AGAIN_MAX);
      if (why.fault !== "not-there") return;
      logs.setCurrent(conversation, false); // the archive has forgotten the anchor
      void need(conversation);
    };
    settling.set(conversation, setTimeout(() => void settle(conversation).catch(again), pause));
  }

  const mayAsk = (conversation: Jid): boolean => stream.isOnline && (rows.get(conversation)?.kind !== "room" || rows.get(conversation)?.joined === true);

  /** Until it is filled. What fails for the network's sake is tried again: at once in a new session, with pauses in the same; offline onOnline does it. */
  async function run(conversation: Jid): Promise<void> {
    try {
      for (let pause = AGAIN_FIRST; ; pause = Math.min(AGAIN_MAX, pause * 2)) {
        const now = session;
        const fault = await fill(conversation).then(() => undefined, (why: unknown) => (why instanceof Refusal ? why.fault : "refused"));
        if (fault === undefined || !TRANSIENT.has(fault)) return;
        if (now === session && stream.isOnline) await new Promise((resolve) => setTimeout(resolve, pause));
        if (!mayAsk(conversation) || !logs.get(conversation)) return;
      }
    } finally {
      filling.delete(conversation); // in the same turn as the last look at the stream
      const log = logs.get(conversation);
      if (log && !logs.isCurrent(conversation)) tell(log);
    }
  }

  /** Once at a time for a log. */
  function need(conversation: Jid): Promise<void> {
    if (logs.isCurrent(conversation) || !stream.isOnline) return Promise.resolve();
    let running = filling.get(conversation);
    if (!running) {
      running = run(conversation);
      filling.set(conversation, running);
    }
    return running;
  }

  async function older(conversation: Jid): Promise<void> {
    const log = await logs.load(conversation, rows.get(conversation)?.kind ?? "chat");
    await need(conversation);
    if (log.atStart || !log.first) return;
    const result = await query(conversation, log.kind === "room", { max: PAGE, before: log.first });
    log.atStart = result.complete || result.items.length === 0;
    put(log, result, "older");
    if (log.atStart) logs.tellState(log);
  }

  // ---- windows into the middle

  /** The message with an archive id, and half a page on both sides of it. */
  async function around(window: Window, ref: string): Promise<void> {
    const { conversation, kind } = window.log;
    const isRoom = kind === "room";
    const one = await query(conversation, isRoom, { max: 1, ids: [ref] });
    if (one.items.length === 0) throw new Refusal("not-there");
    const [before, after] = await Promise.all([query(conversation, isRoom, { max: PAGE / 2, before: ref }), query(conversation, isRoom, { max: PAGE / 2, after: ref })]);
    put(window.log, one, "newer");
    put(window.log, before, "older");
    put(window.log, after, "newer");
    [window.log.first, window.log.last] = [before.first ?? ref, after.last ?? ref];
    [window.log.atStart, window.atEnd] = [before.complete, after.complete];
  }

  /** The first message at or after a time, and what lies around it. */
  async function aroundTime(window: Window, start: number): Promise<string> {
    const { conversation, kind } = window.log;
    const found = await query(conversation, kind === "room", { max: 1, start });
    const [first] = found.items;
    if (!first) throw new Refusal("not-there");
    await around(window, first.id);
    return first.id;
  }

  async function openWindow(conversation: Jid, at: { ref: string } | { time: number }): Promise<{ id: string; target?: string }> {
    const kind = rows.get(conversation)?.kind ?? "chat";
    await logs.load(conversation, kind);
    const window = logs.openWindow(conversation, kind);
    try {
      const ref = "ref" in at ? at.ref : await aroundTime(window, at.time);
      if ("ref" in at) await around(window, ref);
      logs.tellWindow(window, true, window.log.messages);
      // A reaction or a correction has no place of its own: then it is what follows.
      const target = window.log.find(ref) ?? window.log.messages.find((one) => one.archive !== undefined && one.order > 0);
      return { id: window.id, ...(target ? { target: target.key } : {}) };
    } catch (why) {
      logs.closeWindow(window.id);
      throw why;
    }
  }

  async function growWindow(id: string, where: "older" | "newer"): Promise<void> {
    const window = logs.window(id);
    if (!window) throw new Refusal("not-there");
    const { log } = window;
    if ((where === "older" ? log.atStart : window.atEnd) || !log.first || !log.last) return;
    const result = await query(log.conversation, log.kind === "room", where === "older" ? { max: PAGE, before: log.first } : { max: PAGE, after: log.last });
    const isAll = result.complete || result.items.length === 0;
    if (where === "older") log.atStart = isAll;
    else window.atEnd = isAll;
    put(log, result, where);
    logs.tellWindow(window, false, []);
  }

  return {
    onOnline(resumed) {
      if (!resumed) session++;
      if (!resumed) isListed = false;
      if (!resumed) logs.setAllStale();
      // After a resumption only those that were opened meanwhile, or were broken off.
      for (const conversation of logs.open()) if (mayAsk(conversation)) void need(conversation);
      for (const conversation of logs.unsettled()) settleSoon(conversation); // shown or not: it is current, so that nobody else will ask
    },
    onOpen: (conversation) => {
      const log = logs.get(conversation);
      if (log) tellOpened(log);
      if (rows.get(conversation)?.kind !== "room" || rows.get(conversation)?.joined) void need(conversation);
    },
    onFirstPage: () => {
      isListed = true;
      for (const one of listeners) one();
      listeners.clear();
    },
    onSettled: settleSoon,
    onJoined: (room, joined) => {
      logs.setCurrent(room, false);
      if (joined && logs.get(room)) void need(room); // shown or not: something may wait for what the room says of it
    },
    onMessage(parsed, _el, sent) {
      const conversation = bare(sent ? parsed.to : parsed.from);
      const log = logs.get(conversation);
      if (filling.has(conversation)) again.add(conversation);
      const open = asking.get(conversation);
      if (open) open.isDisturbed = true;
      for (const one of logs.all(conversation)) if (one !== log) logs.changed(one, one.addRemark(parsed));
      if (!log || !logs.isCurrent(conversation)) return;
      logs.changed(log, log.add(parsed, "live"));
      freshen(log);
    },
    methods: { older, openWindow, growWindow, closeWindow: (id) => logs.closeWindow(id) },
  };
};

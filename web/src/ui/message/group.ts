// SPDX-License-Identifier: Apache-2.0
// What stands in a log: messages with their grouping, dividers of days, the line before what is new. Pure.
import type { Message } from "../../shared/types.ts";

/** Messages of one author closer than this share a head. Milliseconds. */
export const GROUP = 5 * 60_000;

export type Item =
  | { kind: "day"; key: string; time: number }
  | { kind: "new"; key: string; time: number }
  | { kind: "event"; key: string; message: Message }
  | { kind: "message"; key: string; message: Message; isStart: boolean; isEnd: boolean; showsDelivery: boolean };

const sameDay = (a: number, b: number): boolean => new Date(a).toDateString() === new Date(b).toDateString();

const joins = (a: Message, b: Message): boolean =>
  a.from.jid === b.from.jid && a.from.name === b.from.name && Math.abs(b.time - a.time) < GROUP && !a.event && !b.event && sameDay(a.time, b.time);

/** Ticks stand only on the last of my messages in each state. */
function withTicks(messages: readonly Message[]): Set<string> {
  const last = new Map<string, string>();
  for (const one of messages) if (one.from.mine && one.delivery && one.delivery !== "failed") last.set(one.delivery, one.key);
  return new Set(last.values());
}

/** `firstUnread`: key of the message over which the line stands. */
export function group(messages: readonly Message[], firstUnread?: string): Item[] {
  const items: Item[] = [];
  const ticks = withTicks(messages);
  let before: Message | undefined;
  messages.forEach((message, i) => {
    if (!before || !sameDay(before.time, message.time)) {
      items.push({ kind: "day", key: `day ${new Date(message.time).toDateString()}`, time: message.time });
      before = undefined;
    }
    if (message.key === firstUnread) {
      items.push({ kind: "new", key: "new", time: message.time });
      before = undefined;
    }
    if (message.event) items.push({ kind: "event", key: message.key, message });
    else {
      const next = messages[i + 1];
      items.push({
        kind: "message", key: message.key, message, isStart: !before || !joins(before, message), isEnd: !next || next.key === firstUnread || !joins(message, next),
        showsDelivery: ticks.has(message.key) || message.delivery === "failed",
      });
    }
    before = message;
  });
  return items;
}

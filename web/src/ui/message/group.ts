// SPDX-License-Identifier: Apache-2.0
// What stands in a log: messages with their grouping, dividers of days, the line before what is new, what happened. Pure.
import type { Message } from "../../shared/types.ts";

/** Messages of one author closer than this share a head. Milliseconds. */
export const GROUP = 5 * 60_000;

export type Item =
  | { kind: "start"; key: string }
  | { kind: "end"; key: string }
  | { kind: "day"; key: string; time: number }
  | { kind: "new"; key: string; time: number }
  | { kind: "event"; key: string; message: Message }
  /** Who came and who went, one after the other. */
  | { kind: "comings"; key: string; came: string[]; left: string[] }
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

function isComing(message: Message): boolean {
  return message.event?.kind === "joined" || message.event?.kind === "left";
}

/** Adds it to the comings before it, when there are some; who came and went again was not here. */
function addComing(items: Item[], message: Message): void {
  let last = items.at(-1);
  if (last?.kind !== "comings") {
    last = { kind: "comings", key: message.key, came: [], left: [] };
    items.push(last);
  }
  const [to, other] = message.event?.kind === "joined" ? [last.came, last.left] : [last.left, last.came];
  const { name } = message.from;
  if (other.includes(name)) other.splice(other.indexOf(name), 1);
  else if (!to.includes(name)) to.push(name);
}

/** Answers in threads stand there, unless they are for all. `firstUnread`: key of the message over which the line stands. */
export function group(all: readonly Message[], { firstUnread, atStart = false }: { firstUnread?: string | undefined; atStart?: boolean } = {}): Item[] {
  const items: Item[] = atStart ? [{ kind: "start", key: "start" }] : [];
  const messages = all.filter((one) => !one.root || one.also);
  const ticks = withTicks(messages);
  let before: Message | undefined;
  messages.forEach((message, i) => {
    if (!before || !sameDay(before.time, message.time)) {
      items.push({ kind: "day", key: `day ${new Date(message.time).toDateString()} ${message.key}`, time: message.time });
      before = undefined;
    }
    if (message.key === firstUnread) {
      items.push({ kind: "new", key: "new", time: message.time });
      before = undefined;
    }
    if (isComing(message)) addComing(items, message);
    else if (message.event) items.push({ kind: "event", key: message.key, message });
    else {
      const next = messages[i + 1];
      items.push({
        kind: "message", key: message.key, message, isStart: !before || !joins(before, message), isEnd: !next || next.key === firstUnread || !joins(message, next),
        showsDelivery: ticks.has(message.key) || message.delivery === "failed",
      });
    }
    before = message;
  });
  items.push({ kind: "end", key: "end" });
  return items.filter((one) => one.kind !== "comings" || one.came.length + one.left.length > 0);
}

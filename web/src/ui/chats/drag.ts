// SPDX-License-Identifier: Apache-2.0
// Rows that are dragged to another place, or into another section: the same can be done by the menu of a row.
import type { Conversation } from "../../shared/types.ts";
import { row as rowOf } from "../state.ts";
import { homeOf, ordersFor } from "./layout.ts";
import { listed } from "./listed.ts";
import { wish } from "./wishes.ts";

const TYPE = "application/x-parley-row";
let dragged: string | undefined;
let marked: HTMLElement | undefined;

const rowAt = (event: DragEvent): HTMLElement | undefined => (event.target as Element | null)?.closest<HTMLElement>(".row") ?? undefined;

function mark(place: HTMLElement | undefined, side: "before" | "after"): void {
  if (marked && marked !== place) delete marked.dataset["drop"];
  marked = place;
  if (place) place.dataset["drop"] = side;
}

const isBelow = (event: DragEvent, place: HTMLElement): boolean => {
  const box = place.getBoundingClientRect();
  return event.clientY > box.top + box.height / 2;
};

function drop(row: Conversation, target: Conversation, isAfter: boolean): void {
  const section = homeOf(target);
  const pinned = section === "starred";
  if (homeOf(row) !== section && !pinned && section !== (row.kind === "room" ? "rooms" : "people")) return;
  const others = listed.peek()[section].filter((one) => one.jid !== row.jid);
  const to = others.findIndex((one) => one.jid === target.jid) + Number(isAfter);
  for (const { jid, order } of ordersFor(others, row.jid, to)) wish(jid, jid === row.jid ? { order, pinned } : { order });
}

/** Handlers of the list. */
export const dragging = {
  onDragStart(event: DragEvent): void {
    const jid = rowAt(event)?.dataset["jid"];
    if (!jid || !event.dataTransfer) return;
    dragged = jid;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData(TYPE, jid);
  },
  onDragOver(event: DragEvent): void {
    const place = rowAt(event);
    if (!dragged || !event.dataTransfer?.types.includes(TYPE)) return;
    event.preventDefault();
    mark(place?.dataset["jid"] === dragged ? undefined : place, place && isBelow(event, place) ? "after" : "before");
  },
  onDrop(event: DragEvent): void {
    const place = rowAt(event);
    const [row, target] = [dragged ? rowOf(dragged) : undefined, place?.dataset["jid"] ? rowOf(place.dataset["jid"]) : undefined];
    mark(undefined, "before");
    if (!row || !target || !place || row.jid === target.jid) return;
    event.preventDefault();
    drop(row, target, isBelow(event, place));
  },
  onDragEnd(): void {
    mark(undefined, "before");
    dragged = undefined;
  },
};

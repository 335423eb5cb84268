// SPDX-License-Identifier: Apache-2.0
// What the user wishes of conversations, the same on all devices: stars, mutes, the order of the list. It is read with the inbox
// (sync/inbox.ts), and written here into the bookmark of a room or the item of a chat.
import type { Wish } from "../../shared/api.ts";
import type { Conversation, Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, h } from "../xml/el.ts";
import { getItem, payloadOf, publishPrivate } from "../xml/pubsub.ts";
import { NS } from "../xml/ns.ts";
import { type Wishes, readWishes, writeBookmark, writeWishes } from "../xml/wishes.ts";

const LOOK_EVERY = 20_000; // ms between looks for mutes that have ended

/** Undefined stays, null goes. */
function merged(old: Wishes, wish: Wish): Wishes {
  const next: Record<string, unknown> = { ...old, ...Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined)) };
  if (wish.notify !== undefined && wish.mutedUntil === undefined) delete next["mutedUntil"];
  for (const [key, value] of Object.entries(next)) if (value === null) delete next[key];
  return { pinned: false, ...next } as Wishes;
}

/** As the row has them. */
export const rowWishes = (wishes: Wishes): Pick<Conversation, "pinned"> & { [K in "notify" | "mutedUntil" | "order" | "hiddenAt"]: Conversation[K] | undefined } =>
  ({ pinned: wishes.pinned, notify: wishes.notify, mutedUntil: wishes.mutedUntil, order: wishes.order, hiddenAt: wishes.hiddenAt });

export const arrange: FeatureMaker = (context): Feature => {
  const { rows, stream } = context;
  /** One change at a time of each conversation: they are read, changed, and written. */
  const turns = new Map<Jid, Promise<void>>();

  async function itemOf(node: string, id: string): Promise<El | undefined> {
    const answer = await stream.request(getItem(node, id)).catch((why: { fault?: string }) => {
      if (why.fault === "not-there") return undefined; // no such node yet
      throw why;
    });
    return answer && payloadOf(answer, id);
  }

  async function write(row: Conversation, wish: Wish): Promise<void> {
    const isRoom = row.kind === "room";
    const node = isRoom ? NS.bookmarks : NS.chats;
    const old = await itemOf(node, row.jid);
    const holder = isRoom ? old?.getChild("extensions", NS.bookmarks) : old;
    const next = merged(readWishes(holder), wish);
    const payload = isRoom ? writeBookmark(old, row, next) : h("chat", { xmlns: NS.chats }, writeWishes(holder, next));
    await stream.request(publishPrivate(node, row.jid, payload));
  }

  function change(conversation: Jid, wish: Wish): Promise<void> {
    const row = rows.get(conversation);
    if (!row) return Promise.resolve();
    const before = { ...row };
    const { pinned, notify, mutedUntil, order, hiddenAt } = row;
    rows.update(conversation, rowWishes(merged({ pinned, ...(notify && { notify }), ...(mutedUntil && { mutedUntil }), ...(order !== undefined && { order }), ...(hiddenAt && { hiddenAt }) }, wish)));
    const turn = (turns.get(conversation) ?? Promise.resolve()).catch(() => undefined).then(() => write(row, wish)).catch((why: unknown) => {
      rows.update(conversation, rowWishes(before as Wishes)); // it is as it was
      throw why;
    });
    turns.set(conversation, turn);
    return turn;
  }

  /** Mutes that were for a time: they end here without a connection, too, and for pushes by themselves; who sees first that it is over writes it down. */
  function endMutes(): void {
    for (const row of rows.all()) {
      if (!row.mutedUntil || row.mutedUntil > Date.now()) continue;
      if (stream.isOnline) void change(row.jid, { notify: null, mutedUntil: null }).catch(() => undefined);
      else rows.update(row.jid, { notify: undefined, mutedUntil: undefined }); // the inbox says it again, and then it is written
    }
  }

  setInterval(endMutes, LOOK_EVERY);
  return {
    onListed: endMutes,
    methods: { arrange: change },
  };
};

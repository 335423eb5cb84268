// SPDX-License-Identifier: Apache-2.0
// What the user wishes of conversations, the same on all devices: stars, mutes, the order of the list. It is read with the inbox
// (sync/inbox.ts), and written here into the bookmark of a room or the item of a chat.
import type { Wish } from "../../shared/api.ts";
import { Refusal } from "../../shared/rpc.ts";
import type { Conversation, Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, h } from "../xml/el.ts";
import { getItem, payloadOf, publishPrivate } from "../xml/pubsub.ts";
import { NS } from "../xml/ns.ts";
import { ARRANGED, merged, readWishes, rowWishes, wholeWish, wishesOf, writeBookmark, writeWishes } from "../xml/wishes.ts";

const LOOK_EVERY = 20_000; // ms between looks for mutes that have ended

export const arrange: FeatureMaker = (context): Feature => {
  const { rows, stream, choices } = context;
  let isListed = false;

  /** Where the wishes of a conversation are kept: the payload of an item, and what holds them in it. */
  async function itemOf({ jid, kind }: Conversation): Promise<{ node: string; old: El | undefined; holder: El | undefined }> {
    const node = kind === "room" ? NS.bookmarks : NS.chats;
    const answer = await stream.request(getItem(node, jid)).catch((why: { fault?: string }) => {
      if (why.fault === "not-there") return undefined; // no such node yet
      throw why;
    });
    const old = answer && payloadOf(answer, jid);
    return { node, old, holder: kind === "room" ? old?.getChild("extensions", NS.bookmarks) : old };
  }

  async function tell(conversation: Jid, wish: Wish): Promise<void> {
    const row = rows.get(conversation);
    if (!row && !isListed) throw new Refusal("offline"); // it may be in the rest of the list
    if (!row) return;
    const { node, old, holder } = await itemOf(row);
    const next = merged(readWishes(holder), wish);
    await stream.request(publishPrivate(node, conversation, row.kind === "room" ? writeBookmark(old, row, next) : h("chat", { xmlns: NS.chats }, writeWishes(holder, next))));
  }

  /** It is as the server has it; when that cannot be asked, the next session's list says it. */
  function undo(conversation: Jid): void {
    const row = rows.get(conversation);
    if (row) void itemOf(row).then(({ holder }) => rows.update(conversation, rowWishes(readWishes(holder))), () => undefined);
  }

  async function change(conversation: Jid, wish: Wish): Promise<void> {
    const row = rows.get(conversation);
    if (!row) return;
    const whole = wholeWish(wish);
    await choices.put(ARRANGED, conversation, { ...choices.get<Wish>(ARRANGED, conversation), ...whole });
    rows.update(conversation, rowWishes(merged(wishesOf(row), whole)));
  }

  choices.serve<Wish>(ARRANGED, tell, undo);

  /** Mutes that were for a time: they end here without a connection, too, and for pushes by themselves; who sees first that it is over writes it down. */
  function endMutes(): void {
    for (const row of rows.all()) {
      if (!row.mutedUntil || row.mutedUntil > Date.now()) continue;
      if (stream.isOnline) void change(row.jid, { notify: null, mutedUntil: null });
      else rows.update(row.jid, { notify: undefined, mutedUntil: undefined }); // the inbox says it again, and then it is written
    }
  }

  setInterval(endMutes, LOOK_EVERY);
  return {
    onListed() {
      isListed = true;
      choices.flush();
      endMutes();
    },
    methods: { arrange: change },
  };
};

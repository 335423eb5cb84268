// SPDX-License-Identifier: Apache-2.0
// What the user wishes of a conversation: starred (XEP-0469), how it may notify (XEP-0492), and its place in the list (docs/inbox.md,
// urn:parley:chats:0). In the bookmark of a room, in an item of a node of one's own for chats. What is not ours is kept.
import type { Wish } from "../../shared/api.ts";
import { lookUp } from "../../shared/lookup.ts";
import type { Conversation, Notify } from "../../shared/types.ts";
import { type El, h, time } from "./el.ts";
import { NS } from "./ns.ts";

export interface Wishes {
  pinned: boolean;
  notify?: Notify;
  /** Milliseconds; while it is quiet for a time. */
  mutedUntil?: number;
  order?: number;
  /** Not shown while its last message is not newer than this, milliseconds. */
  hiddenAt?: number;
}

/** Undefined stays as it is, null goes; a level that is chosen without a time has none. */
export const wholeWish = (wish: Wish): Wish => (wish.notify !== undefined && wish.mutedUntil === undefined ? { ...wish, mutedUntil: null } : wish);

/** What is wished now, over what was before. */
export function merged(old: Wishes, wish: Wish | undefined): Wishes {
  const next: Record<string, unknown> = { ...old, ...Object.fromEntries(Object.entries(wish ?? {}).filter(([, value]) => value !== undefined)) };
  for (const [key, value] of Object.entries(next)) if (value === null) delete next[key];
  return { pinned: false, ...next } as Wishes;
}

/** As a row has them. */
export const rowWishes = (wishes: Wishes): Pick<Conversation, "pinned"> & { [K in "notify" | "mutedUntil" | "order" | "hiddenAt"]: Conversation[K] | undefined } =>
  ({ pinned: wishes.pinned, notify: wishes.notify, mutedUntil: wishes.mutedUntil, order: wishes.order, hiddenAt: wishes.hiddenAt });

/** Those of a row. */
export const wishesOf = ({ pinned, notify, mutedUntil, order, hiddenAt }: Conversation): Wishes =>
  ({ pinned, ...(notify && { notify }), ...(mutedUntil && { mutedUntil }), ...(order !== undefined && { order }), ...(hiddenAt && { hiddenAt }) });

/** Kind of such choices (model/choices.ts); their key is the conversation. */
export const ARRANGED = "arrange";

const LEVELS: Record<string, Notify> = { never: "never", "on-mention": "mention", always: "all" };
const NAMES: Record<Notify, string> = { never: "never", mention: "on-mention", all: "always" };

/** How special a setting is for a browser; 0: it is for other programs. */
function rank(setting: El): number {
  const { "identity-category": category, "identity-type": type } = setting.attrs;
  if (!category) return 1;
  if (category !== "client") return 0;
  return type === "web" ? 3 : type ? 0 : 2;
}

function notifyOf(notify: El | undefined): Notify | undefined {
  const settings = (notify?.getChildElements() ?? []).filter((one) => lookUp(LEVELS, one.name) && rank(one) > 0);
  return lookUp(LEVELS, settings.toSorted((a, b) => rank(b) - rank(a))[0]?.name);
}

/** Reads them from what holds them. */
export function readWishes(holder: El | undefined): Wishes {
  const place = holder?.getChild("place", NS.chats);
  const notify = notifyOf(holder?.getChild("notify", NS.notify));
  const [order, mutedUntil, hiddenAt] = [Number(place?.attrs.order ?? Number.NaN), time(place?.attrs.until), time(place?.attrs.hidden)];
  return {
    pinned: Boolean(holder?.getChild("pinned", NS.pinned)), ...(notify ? { notify } : {}),
    ...(Number.isFinite(order) ? { order } : {}), ...(mutedUntil !== undefined && notify === "never" ? { mutedUntil } : {}), ...(hiddenAt !== undefined ? { hiddenAt } : {}),
  };
}

/** The settings of other programs stay, and what the old one of ours said beyond our understanding. */
function writeNotify(old: El | undefined, wanted: Notify | undefined): El | undefined {
  const kept = (old?.getChildElements() ?? []).filter((one) => rank(one) === 0);
  const advanced = (old?.getChildElements() ?? []).filter((one) => rank(one) > 0).flatMap((one) => one.getChildren("advanced"));
  if (!wanted && kept.length === 0 && advanced.length === 0) return undefined;
  return h("notify", { xmlns: NS.notify }, wanted && h(NAMES[wanted], {}, advanced), kept);
}

const isOurs = (el: El): boolean => el.is("notify", NS.notify) || el.is("pinned", NS.pinned) || el.is("place", NS.chats);
const stamp = (at: number | undefined): string | undefined => (at === undefined ? undefined : new Date(at).toISOString());

/** The children of what holds them, with other wishes. */
export function writeWishes(holder: El | undefined, wishes: Wishes): El[] {
  const { pinned, notify, mutedUntil, order, hiddenAt } = wishes;
  const hasPlace = order !== undefined || mutedUntil !== undefined || hiddenAt !== undefined;
  return [
    ...(holder?.getChildElements() ?? []).filter((one) => !isOurs(one)),
    writeNotify(holder?.getChild("notify", NS.notify), notify),
    pinned ? h("pinned", { xmlns: NS.pinned }) : undefined,
    hasPlace ? h("place", { xmlns: NS.chats, order, until: stamp(mutedUntil), hidden: stamp(hiddenAt) }) : undefined,
  ].filter((one) => one !== undefined);
}

/** <conference/> of a bookmark (XEP-0402) with other wishes; made when there was none. */
export function writeBookmark(old: El | undefined, row: Conversation, wishes: Wishes): El {
  const extensions = writeWishes(old?.getChild("extensions", NS.bookmarks), wishes);
  const rest = (old?.getChildElements() ?? []).filter((one) => !one.is("extensions", NS.bookmarks));
  const attrs = old ? { name: old.attrs.name ?? row.name, autojoin: old.attrs.autojoin } : { name: row.name, autojoin: "true" };
  return h("conference", { xmlns: NS.bookmarks, ...attrs }, rest, h("extensions", {}, extensions));
}

// SPDX-License-Identifier: Apache-2.0
// What others may learn of my reading and writing, the same on all devices: a private node of one's account (XEP-0223) with one
// item, urn:parley:habits:0 (docs/habits.md). The newest choice wins; one that was made without a connection is told with the next.
import type { Habits } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, h, number } from "../xml/el.ts";
import { getItem, publishPrivate } from "../xml/pubsub.ts";
import { NS } from "../xml/ns.ts";

const NAME = "habits";
const ITEM = "current";
export const USUAL: Habits = { tellRead: true, tellTyping: true };

/** As they are kept here; `at`: when they were chosen, milliseconds. */
type Kept = Habits & { at?: number };

export const habits: FeatureMaker = (context): Feature => {
  const { stream, store } = context;
  let mine: Kept = USUAL;
  context.setMe({ habits: USUAL });
  const loaded = store.setting<Kept>(context.jid, NAME).then((kept) => {
    if (kept) adopt({ ...USUAL, ...kept });
  });

  function adopt(next: Kept): void {
    mine = next;
    context.setMe({ habits: { tellRead: next.tellRead, tellTyping: next.tellTyping } });
  }

  async function publish(): Promise<void> {
    const { tellRead, tellTyping, at } = mine;
    await stream.request(publishPrivate(NS.habits, ITEM, h("habits", { xmlns: NS.habits, at, read: String(tellRead), typing: String(tellTyping) }))).catch(() => undefined); // the next session says it again
  }

  /** Takes what is newer; tells what is older there than here. */
  async function take(items: El | undefined): Promise<void> {
    await loaded;
    const el = items?.getChildren("item").find((one) => one.attrs.id === ITEM)?.getChild("habits", NS.habits);
    const at = number(el?.attrs.at) ?? 0;
    if (el && at > (mine.at ?? 0)) {
      adopt({ tellRead: el.attrs.read !== "false", tellTyping: el.attrs.typing !== "false", at });
      await store.putSetting(context.jid, NAME, mine);
    } else if (at < (mine.at ?? 0)) await publish();
  }

  return {
    features: [`${NS.habits}+notify`],
    onOnline(resumed) {
      if (resumed) return;
      void stream.request(getItem(NS.habits, ITEM)).then((answer) => answer.getChild("pubsub", NS.pubsub)?.getChild("items"), (why: { fault?: string }) => {
        if (why.fault !== "not-there") throw why;
        return undefined; // nobody has chosen yet
      }).then(take).catch(() => undefined); // the next session asks again
    },
    onEvent(from, node, items) {
      if (node === NS.habits && from === context.jid) void take(items);
    },
    methods: {
      async setHabits(next) {
        await loaded;
        const chosen = { ...next, at: Math.max(Date.now(), (mine.at ?? 0) + 1) };
        await store.putSetting(context.jid, NAME, chosen);
        adopt(chosen);
        if (stream.isOnline) await publish();
      },
    },
  };
};

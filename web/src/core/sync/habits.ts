// SPDX-License-Identifier: Apache-2.0
// What others may learn of my reading and writing; kept for the account in this browser.
import type { Habits } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";

const NAME = "habits";
export const USUAL: Habits = { tellRead: true, tellTyping: true };

export const habits: FeatureMaker = (context): Feature => {
  context.setMe({ habits: USUAL });
  void context.store.setting<Habits>(context.jid, NAME).then((kept) => {
    if (kept) context.setMe({ habits: { ...USUAL, ...kept } });
  });
  return {
    methods: {
      async setHabits(next) {
        context.setMe({ habits: next });
        await context.store.putSetting(context.jid, NAME, next);
      },
    },
  };
};

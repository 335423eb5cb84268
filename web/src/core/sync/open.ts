// SPDX-License-Identifier: Apache-2.0
// Conversations that a page shows.
import type { Feature, FeatureMaker } from "../context.ts";

export const open: FeatureMaker = (context): Feature => ({
  methods: {
    async open(conversation) {
      const { rows, logs } = context;
      const kind = rows.get(conversation)?.kind ?? (/^[^@]+@(conference|rooms|muc|chat)\./.test(conversation) ? "room" : "chat");
      rows.need(conversation, kind);
      await logs.show(conversation, kind);
      rows.need(conversation, kind); // the inbox may have been read meanwhile, without it
      context.raise("onOpen", conversation);
    },
    close(conversation) {
      context.logs.hide(conversation);
      context.raise("onClose", conversation);
    },
  },
});

// SPDX-License-Identifier: Apache-2.0
// Files: asked for a slot (XEP-0363), brought there, then said (XEP-0447). What does it comes when it is needed.
import type { Feature, FeatureMaker } from "../context.ts";
import type { Engine } from "../files/engine.ts";
import { Jobs } from "../files/jobs.ts";

export const upload: FeatureMaker = (context): Feature => {
  let engine: Promise<Engine> | undefined;
  const need = (): Promise<Engine> => (engine ??= import("../files/engine.ts").then(({ Engine }) => new Engine(context)));
  return {
    async onOnline() {
      if (engine || (await Jobs.some(context.jid, context.store))) await (await need()).online();
    },
    async onOpen(conversation) {
      if (context.logs.get(conversation)?.messages.some((one) => one.sending)) await (await need()).tidy(conversation);
    },
    onLeave: () => void engine?.then((one) => one.leave()),
    onRetry: (_, key) => void engine?.then((one) => one.retry(key)),
    onDiscard: (_, key) => void engine?.then((one) => one.discard(key)),
    methods: {
      uploadLimit: async () => (await need()).limit(),
      look: async (file) => (await need()).look(file),
      share: async (conversation, draft, files) => (await need()).share(conversation, draft, files),
      holdUpload: async (_, key, on) => (await need()).hold(key, on),
    },
  };
};

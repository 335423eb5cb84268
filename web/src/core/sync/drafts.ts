// SPDX-License-Identifier: Apache-2.0
// Drafts, the same on all devices: a private node of one's account (XEP-0223) with an item for each conversation, urn:parley:drafts:0
// (docs/drafts.md). The newest wins; what was sent or emptied is taken out.
import type { Refusal } from "../../shared/rpc.ts";
import type { Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, h, number, textOf } from "../xml/el.ts";
import { publishPrivate, retractItem } from "../xml/pubsub.ts";
import { NS } from "../xml/ns.ts";

const PAUSE = 1500; // ms without a key, before it is told to the other devices
const DRAFT_MAX = 10_000; // UTF-16 units; longer ones stay on this device

export const drafts: FeatureMaker = (context): Feature => {
  const { rows, stream } = context;
  const timers = new Map<Jid, ReturnType<typeof setTimeout>>();
  /** When the draft that is shown was written. */
  const stamps = new Map<Jid, number>();

  async function publish(conversation: Jid): Promise<void> {
    timers.delete(conversation);
    const { draft: text = "", draftAt: at } = rows.get(conversation) ?? {};
    if (!stream.isOnline || text.length > DRAFT_MAX || at === undefined) return;
    stamps.set(conversation, at);
    const iq = text
      ? publishPrivate(NS.drafts, conversation, h("draft", { xmlns: NS.drafts, at }, h("body", {}, text)))
      : retractItem(NS.drafts, conversation);
    await stream.request(iq).catch((why: Refusal) => {
      if (why.fault === "offline" || why.fault === "timeout") throw why; // the next session says it again
    });
    if (rows.get(conversation)?.draftAt === at) rows.update(conversation, { draftAt: undefined });
  }

  const publishSoon = (conversation: Jid): void => void publish(conversation).catch(() => undefined);

  /** What was written here and not told: without a connection, or before this worker began. */
  function publishRest(): void {
    for (const row of rows.all()) if (row.draftAt !== undefined && !timers.has(row.jid)) publishSoon(row.jid);
  }

  /** What is written here is newer. */
  const isOurs = (conversation: Jid, at: number): boolean => timers.has(conversation) || at <= Math.max(stamps.get(conversation) ?? 0, rows.get(conversation)?.draftAt ?? 0);

  function take(items: El): void {
    for (const item of items.getChildren("item")) {
      const conversation = item.attrs.id ?? "";
      const draft = item.getChild("draft", NS.drafts);
      const at = number(draft?.attrs.at) ?? 0;
      if (!draft || isOurs(conversation, at) || !rows.get(conversation)) continue;
      stamps.set(conversation, at);
      rows.update(conversation, { draft: textOf(draft, "body") || undefined, draftAt: undefined });
    }
    for (const item of items.getChildren("retract")) {
      const conversation = item.attrs.id ?? "";
      if (rows.get(conversation)?.draftAt === undefined) rows.update(conversation, { draft: undefined });
    }
  }

  return {
    features: [`${NS.drafts}+notify`],
    onOnline: (resumed) => {
      if (resumed) return publishRest();
      void stream.request(h("iq", { type: "get" }, h("pubsub", { xmlns: NS.pubsub }, h("items", { node: NS.drafts }))))
        .then((answer) => {
          const items = answer.getChild("pubsub", NS.pubsub)?.getChild("items");
          if (items) take(items);
        }).catch(() => undefined).then(publishRest); // no node yet
    },
    onEvent: (from, node, items) => {
      if (node === NS.drafts && from === context.jid) take(items);
    },
    methods: {
      draft(conversation, typed) {
        const text = typed.trim() === "" ? "" : typed; // a field that was emptied may keep the end of its line
        if ((rows.get(conversation)?.draft ?? "") === text) return;
        rows.need(conversation, "chat"); // a link may write the first word of one that is not there yet
        rows.update(conversation, { draft: text || undefined, draftAt: Date.now() });
        clearTimeout(timers.get(conversation));
        timers.set(conversation, setTimeout(() => publishSoon(conversation), PAUSE));
      },
    },
  };
};

// SPDX-License-Identifier: Apache-2.0
// Contacts (RFC 6121, 2): names, who may see whose presence, pushes only from one's own account.
import type { Conversation, Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, bare, h } from "../xml/el.ts";
import { NS } from "../xml/ns.ts";

export const roster: FeatureMaker = (context): Feature => {
  const { rows, stream } = context;

  function take(item: El): void {
    const jid = item.attrs.jid as Jid | undefined;
    const subscription = item.attrs.subscription ?? "none";
    if (!jid) return;
    if (subscription === "remove") {
      rows.update(jid, { contact: undefined });
      const row = rows.get(jid);
      if (row && row.time === 0 && !context.logs.isOpen(jid)) rows.remove(jid);
      return;
    }
    if (subscription === "none" && item.attrs.ask === undefined && !rows.get(jid)) return;
    rows.need(jid, "chat");
    rows.update(jid, { contact: subscription as Conversation["contact"], asked: item.attrs.ask === "subscribe" ? true : undefined, name: item.attrs.name || context.nameOf(jid) });
  }

  async function fetch(): Promise<void> {
    const answer = await stream.request(h("iq", { type: "get" }, h("query", { xmlns: NS.roster })), 60_000);
    for (const item of answer.getChild("query", NS.roster)?.getChildren("item") ?? []) take(item);
  }

  return {
    onOnline: (resumed) => {
      if (!resumed) void fetch().catch(() => undefined);
    },
    onStanza(el) {
      const query = el.name === "iq" ? el.getChild("query", NS.roster) : undefined;
      if (!query) return undefined;
      if (!el.attrs.from || bare(el.attrs.from) === context.jid) for (const item of query.getChildren("item")) take(item);
      return true;
    },
  };
};

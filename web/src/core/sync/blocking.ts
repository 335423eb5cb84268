// SPDX-License-Identifier: Apache-2.0
// Blocked addresses (XEP-0191), and reports with them (XEP-0377).
import type { Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, bare, h } from "../xml/el.ts";
import { NS } from "../xml/ns.ts";

export const blocking: FeatureMaker = (context): Feature => {
  const { rows, stream } = context;
  let blocked = new Set<Jid>();

  function tell(): void {
    for (const row of rows.all()) if (row.kind === "chat") rows.update(row.jid, { blocked: blocked.has(row.jid) || undefined });
    context.tell("blocked", [...blocked]);
  }
  const jids = (el: El | undefined): Jid[] => (el?.getChildren("item") ?? []).flatMap((one) => one.attrs.jid ?? []);

  return {
    onListen: tell,
    onOnline(resumed) {
      if (resumed) return;
      void stream.request(h("iq", { type: "get" }, h("blocklist", { xmlns: NS.blocking }))).then((answer) => {
        blocked = new Set(jids(answer.getChild("blocklist", NS.blocking)));
        tell();
      }).catch(() => undefined); // a server without it
    },
    onStanza(el) {
      if (el.name !== "iq") return undefined;
      const [block, unblock] = [el.getChild("block", NS.blocking), el.getChild("unblock", NS.blocking)];
      if (!block && !unblock) return undefined;
      if (el.attrs.from && bare(el.attrs.from) !== context.jid) return true;
      for (const jid of jids(block)) blocked.add(jid);
      const freed = jids(unblock);
      if (unblock && freed.length === 0) blocked.clear();
      for (const jid of freed) blocked.delete(jid);
      tell();
      return true;
    },
    methods: {
      async block(jid, report) {
        const spam = report && h("report", { xmlns: NS.reporting, reason: report === "spam" ? "urn:xmpp:reporting:spam" : "urn:xmpp:reporting:abuse" });
        await stream.request(h("iq", { type: "set" }, h("block", { xmlns: NS.blocking }, h("item", { jid }, spam))));
      },
      unblock: async (jid) => void (await stream.request(h("iq", { type: "set" }, h("unblock", { xmlns: NS.blocking }, h("item", { jid }))))),
    },
  };
};

// SPDX-License-Identifier: Apache-2.0
// What is said to a room itself: its subject, invitations (XEP-0249, mediated where members only come in), leaving for good.
import type { Feature, FeatureMaker } from "../context.ts";
import { h, number } from "../xml/el.ts";
import { ends, fields, page } from "../xml/form.ts";
import { retractItem } from "../xml/pubsub.ts";
import { NS } from "../xml/ns.ts";

export const roomwords: FeatureMaker = (context): Feature => {
  const { rows, stream } = context;
  return {
    methods: {
      async reach(room, there) {
        const answer = await stream.request(h("iq", { type: "get", to: room }, h("query", { xmlns: NS.discoInfo })));
        const info = fields(answer.getChild("query", NS.discoInfo));
        const who = info.get("mentions#channel")?.[0]; // XEP-0513 4.5; undefined: there is no such rule
        if (who === "none" || (who === "moderators" && rows.get(room)?.role !== "moderator")) return undefined;
        const occupants = number(info.get("muc#roominfo_occupants")?.[0]) ?? 0;
        if (there) return Math.max(0, occupants - 1);
        const lists = await Promise.all(["owner", "admin", "member"].map((affiliation) =>
          stream.request(h("iq", { type: "get", to: room }, h("query", { xmlns: NS.mucAdmin }, h("item", { affiliation }), page({ max: 1 }))))
            .then((answer) => answer.getChild("query", NS.mucAdmin))
            .then((query) => ends(query).count ?? query?.getChildren("item").length ?? 0).catch(() => 0))); // not everybody may see the lists
        return Math.max(occupants, lists.reduce((sum, one) => sum + one, 0)) - 1;
      },
      setSubject(room, subject) {
        stream.send(h("message", { to: room, type: "groupchat", id: crypto.randomUUID() }, h("subject", {}, subject)));
      },
      invite(room, who, reason) {
        stream.send(h("message", { to: room, id: crypto.randomUUID() }, h("x", { xmlns: NS.mucUser }, h("invite", { to: who }, reason && h("reason", {}, reason)))));
      },
      async leave(room) {
        const row = rows.get(room);
        // Owners and admins lay that down first (XEP-0045, 10.4); the last owner cannot.
        if (row?.affiliation === "owner" || row?.affiliation === "admin") {
          await stream.request(h("iq", { type: "set", to: room }, h("query", { xmlns: NS.mucAdmin }, h("item", { jid: context.jid, affiliation: "none" }))))
            .catch((why: { fault?: string }) => {
              if (why.fault === "conflict") throw why;
            });
        }
        stream.send(h("presence", { to: `${room}/${row?.nick ?? context.me.name}`, type: "unavailable" }));
        await stream.request(retractItem(NS.bookmarks, room)).catch(() => undefined); // there was no bookmark
        await stream.request(h("iq", { type: "set", to: room }, h("query", { xmlns: NS.register }, h("remove")))).catch(() => undefined); // was no member
        rows.remove(room);
      },
    },
  };
};

// SPDX-License-Identifier: Apache-2.0
// Search in the archive by words (XEP-0431 with urn:parley:search:0, docs/search.md): here, or everywhere.
import type { Found, Hit, Line } from "../../shared/search.ts";
import type { Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, bare, h, resource } from "../xml/el.ts";
import { ends, page, submit } from "../xml/form.ts";
import { parseMessage } from "../xml/message.ts";
import { NS } from "../xml/ns.ts";

const PAGE = 20;
const CONTEXT = 1; // neighbours on each side

export const search: FeatureMaker = (context): Feature => {
  const { rows, stream } = context;
  const asked = new Map<string, { from: Jid; results: El[] }>();

  function line(el: El | undefined, where: Jid): { line: Line; parsed: ReturnType<typeof parseMessage> } | undefined {
    const forwarded = el?.getChild("forwarded", NS.forward);
    const message = forwarded?.getChild("message");
    if (!message) return undefined;
    const parsed = parseMessage(message, forwarded?.getChild("delay", NS.delay));
    const isRoom = parsed.type === "groupchat";
    const name = isRoom ? resource(parsed.from) : context.nameOf(bare(parsed.from) || context.jid);
    const mine = isRoom ? name === (rows.get(where)?.nick ?? context.me.name) : bare(parsed.from) === context.jid;
    return { line: { name, mine, time: parsed.time ?? 0, text: parsed.text ?? "" }, parsed };
  }

  function hit(result: El, room: Jid | undefined): Hit | undefined {
    const found = line(result, room ?? "");
    if (!found) return undefined;
    const { parsed } = found;
    const isRoom = parsed.type === "groupchat";
    const conversation = isRoom ? bare(parsed.from) : bare(parsed.from) === context.jid ? bare(parsed.to) : bare(parsed.from);
    const near = (side: string): Line[] => (result.getChild("context", NS.search)?.getChildren(side) ?? []).flatMap((one) => line(one, conversation)?.line ?? []).filter((one) => one.text !== "");
    return {
      ...found.line, conversation, kind: isRoom ? "room" : "chat", where: rows.get(conversation)?.name ?? context.nameOf(conversation),
      archive: (isRoom ? parsed.archives.get(conversation) : undefined) ?? result.attrs.id ?? "", files: parsed.files, before: near("before"), after: near("after"),
    };
  }

  return {
    onStanza(el) {
      const result = el.name === "message" ? el.getChild("result", NS.mam) : undefined;
      const query = asked.get(result?.attrs.queryid ?? "");
      if (!result || !query) return undefined;
      if ((el.attrs.from ? bare(el.attrs.from) : context.jid) === query.from) query.results.push(result);
      return true;
    },
    methods: {
      async search(words, conversation, before): Promise<Found> {
        const isRoom = conversation !== undefined && rows.get(conversation)?.kind === "room";
        const from = isRoom ? conversation : context.jid;
        const id = crypto.randomUUID();
        const query = { from, results: [] as El[] };
        asked.set(id, query);
        try {
          const form = submit(NS.mam, {
            [`{${NS.fulltext}}fulltext`]: words, [`{${NS.search}}context`]: String(CONTEXT), ...(conversation && !isRoom ? { with: conversation } : {}),
            ...(conversation ? {} : { "include-groupchat": "true" }),
          });
          const answer = await stream.request(h("iq", { type: "set", to: from }, h("query", { xmlns: NS.mam, queryid: id }, form, page({ max: PAGE, before: before ?? "" }))), 60_000);
          const fin = answer.getChild("fin", NS.mam);
          const { first } = ends(fin);
          const hits = query.results.toReversed().map((one) => hit(one, conversation)).filter((one) => one !== undefined);
          return { hits, isPartial: fin?.attrs.stable === "false", ...(first && fin?.attrs.complete !== "true" ? { next: first } : {}) };
        } finally {
          asked.delete(id);
        }
      },
    },
  };
};

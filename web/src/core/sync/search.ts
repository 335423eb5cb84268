// SPDX-License-Identifier: Apache-2.0
// Search in the archive by words (XEP-0431 with urn:parley:search:0, docs/search.md): here, or everywhere.
import type { Found, Hit, Line } from "../../shared/search.ts";
import type { Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { bare, resource } from "../xml/el.ts";
import { type Parsed, parseForwarded } from "../xml/message.ts";
import { NS } from "../xml/ns.ts";
import type { Item } from "./archive.ts";

const PAGE = 20;
const CONTEXT = 1; // neighbours on each side
const PATIENCE = 60_000; // ms

export const search: FeatureMaker = (context): Feature => {
  const { archive, rows } = context;

  function line(parsed: Parsed, where: Jid): Line {
    const isRoom = parsed.type === "groupchat";
    const name = isRoom ? resource(parsed.from) : context.nameOf(bare(parsed.from) || context.jid);
    const mine = isRoom ? name === (rows.get(where)?.nick ?? context.me.name) : bare(parsed.from) === context.jid;
    return { name, mine, time: parsed.time ?? 0, text: parsed.text ?? "" };
  }

  function hit({ id, parsed, result }: Item, room: Jid | undefined): Hit {
    const isRoom = parsed.type === "groupchat";
    const conversation = isRoom ? bare(parsed.from) : bare(parsed.from) === context.jid ? bare(parsed.to) : bare(parsed.from);
    const near = (side: string): Line[] => (result.getChild("context", NS.search)?.getChildren(side) ?? []).flatMap((one) => parseForwarded(one) ?? []).map((one) => line(one, conversation)).filter((one) => one.text !== "");
    return {
      ...line(parsed, room ?? ""), conversation, kind: isRoom ? "room" : "chat", where: rows.get(conversation)?.name ?? context.nameOf(conversation),
      archive: (isRoom ? parsed.archives.get(conversation) : undefined) ?? id, files: parsed.files, before: near("before"), after: near("after"),
    };
  }

  return {
    methods: {
      async search(words, conversation, before): Promise<Found> {
        const isRoom = conversation !== undefined && rows.get(conversation)?.kind === "room";
        const fields = { [`{${NS.fulltext}}fulltext`]: words, [`{${NS.search}}context`]: String(CONTEXT), ...(conversation ? {} : { "include-groupchat": "true" }) };
        const answer = await archive.ask({ conversation, isRoom, fields, max: PAGE, before: before ?? "", patience: PATIENCE });
        return { hits: answer.items.toReversed().map((one) => hit(one, conversation)), isPartial: answer.isPartial, ...(answer.first && !answer.complete ? { next: answer.first } : {}) };
      },
    },
  };
};

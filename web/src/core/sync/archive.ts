// SPDX-License-Identifier: Apache-2.0
// Questions to archives (XEP-0313): the one place that asks, collects what belongs to a question, and ends it. A result counts when
// its question is open and the archive that was asked has sent it; nobody else can put words into a log.
import type { Jid } from "../../shared/types.ts";
import type { Stream } from "../stream/stream.ts";
import { type El, h } from "../xml/el.ts";
import { type Page, ends, page, submit } from "../xml/form.ts";
import { type Parsed, parseForwarded } from "../xml/message.ts";
import { NS } from "../xml/ns.ts";

const PATIENCE = 30_000; // ms

/** `after: ""` is the beginning, `before: ""` the end. */
export interface Question extends Page {
  /** Of this conversation; without one everything in the archive of the account. */
  conversation?: Jid | undefined;
  /** It is the archive of a room that is asked. */
  isRoom?: boolean;
  /** Milliseconds since 1970. */
  start?: number;
  ids?: string[];
  /** More fields of the form. */
  fields?: Record<string, string>;
  /** Milliseconds. */
  patience?: number;
}

export interface Item {
  /** In the archive. */
  id: string;
  parsed: Parsed;
  result: El;
}

export interface Answer {
  items: Item[];
  /** Nothing lies beyond, in the direction that was asked for. */
  complete: boolean;
  /** The archive may have more to say later: its index is not done. */
  isPartial: boolean;
  count: number;
  first?: string;
  last?: string;
}

interface Open {
  from: Jid;
  max: number;
  items: Item[];
}

export class Archive {
  private readonly own: Jid;
  private readonly stream: Pick<Stream, "request">;
  private readonly open = new Map<string, Open>();

  /** `own`: the address of the account, bare. */
  constructor(own: Jid, stream: Pick<Stream, "request">) {
    [this.own, this.stream] = [own, stream];
  }

  /** One page. Throws what the stream does: a Refusal of the archive, "timeout", and "offline" when the session ends meanwhile. */
  async ask(question: Question): Promise<Answer> {
    const { conversation, isRoom = false, start, ids, fields, max, patience = PATIENCE } = question;
    const from = isRoom && conversation ? conversation : this.own;
    const id = crypto.randomUUID();
    const asked: Open = { from, max, items: [] };
    const form = submit(NS.mam, { ...fields, with: isRoom ? undefined : conversation, start: start === undefined ? undefined : new Date(start).toISOString(), ids });
    const part: Page = { max, ...(question.before === undefined ? {} : { before: question.before }), ...(question.after ? { after: question.after } : {}) };
    this.open.set(id, asked);
    try {
      const answer = await this.stream.request(h("iq", { type: "set", to: from }, h("query", { xmlns: NS.mam, queryid: id }, form, page(part))), patience);
      const fin = answer.getChild("fin", NS.mam);
      const { first, last, count } = ends(fin);
      return {
        items: asked.items, complete: fin?.attrs.complete === "true", isPartial: fin?.attrs.stable === "false", count: count ?? 0, ...(first ? { first } : {}), ...(last ? { last } : {}),
      };
    } finally {
      this.open.delete(id);
    }
  }

  /** From the end, page by page, at most `pages` of them; in the order of the archive. */
  async all(question: Omit<Question, "before" | "after">, pages: number): Promise<Item[]> {
    let items: Item[] = [];
    let before: string | undefined = "";
    for (let i = 0; i < pages && before !== undefined; i++) {
      const answer: Answer = await this.ask({ ...question, before });
      items = [...answer.items, ...items];
      before = answer.complete || answer.items.length === 0 ? undefined : answer.first;
    }
    return items;
  }

  /** True: it was the answer to a question of ours, or posed as one. */
  take(el: El): boolean {
    const result = el.name === "message" ? el.getChild("result", NS.mam) : undefined;
    const asked = this.open.get(result?.attrs.queryid ?? "");
    if (!result || !asked) return false;
    const parsed = parseForwarded(result);
    if ((el.attrs.from ?? this.own) === asked.from && parsed && result.attrs.id && asked.items.length < asked.max) asked.items.push({ id: result.attrs.id, parsed, result });
    return true;
  }
}

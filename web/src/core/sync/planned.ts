// SPDX-License-Identifier: Apache-2.0
// What the server says later, and reminders (urn:parley:later:0, docs/later.md): the list, and what is done with its items. The list is
// the server's; it is asked for when somebody looks, once a session, and followed from then on.
import type { Planned } from "../../shared/planned.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, bare, h, time } from "../xml/el.ts";
import { parseMessage } from "../xml/message.ts";
import { NS } from "../xml/ns.ts";

const TEXT_MAX = 2000; // UTF-16 units that are shown of one

export const planned: FeatureMaker = (context): Feature => {
  const { stream } = context;
  const items = new Map<string, { told: Planned; message: El; nick: string | undefined }>();
  let listed: Promise<void> | undefined;

  const tell = (): void => context.tell("planned", [...items.values()].map((one) => one.told).toSorted((a, b) => a.at - b.at));
  const ask = (type: "get" | "set", payload: El): Promise<El> => stream.request(h("iq", { type }, payload));

  function take(el: El): void {
    const message = el.getChild("message", NS.client) ?? el.getChild("message");
    const [{ id, nick, failed }, at] = [el.attrs, time(el.attrs.at)];
    if (!id || !message?.attrs.to || at === undefined) return;
    const { text = "", files } = parseMessage(message);
    const about = message.getChild("reminder", NS.scheduled)?.attrs;
    const told: Planned = { id, conversation: bare(message.attrs.to), at, text: text.slice(0, TEXT_MAX), files: files.length };
    if (failed) told.failed = failed;
    if (about?.conversation && about.archive) told.about = { conversation: about.conversation, archive: about.archive };
    items.set(id, { told, message, nick });
  }

  async function list(): Promise<void> {
    const answer = await ask("get", h("list", { xmlns: NS.scheduled }));
    items.clear();
    for (const one of answer.getChild("list", NS.scheduled)?.getChildren("item") ?? []) take(one);
    tell();
  }

  /** Asked again after it has failed. */
  const follow = (): Promise<void> => (listed ??= list().catch((why: unknown) => {
    listed = undefined;
    throw why;
  }));

  /** The same message, at another time. */
  async function again(id: string, at: number): Promise<void> {
    const one = items.get(id);
    if (!one) return;
    await ask("set", h("send", { xmlns: NS.scheduled, id, at: new Date(at).toISOString(), nick: one.nick }, one.message));
  }

  return {
    onOnline(resumed) {
      if (resumed || !listed) return;
      listed = undefined;
      void follow().catch(() => undefined); // asked for when somebody looks again
    },
    onListen: () => void (listed && tell()),
    onStanza(el) {
      const news = el.name === "message" && el.attrs.type === "headline" ? el.getChild("later", NS.scheduled) : undefined;
      if (!news) return undefined;
      if (el.attrs.from && bare(el.attrs.from) !== context.jid) return true; // nobody else knows
      for (const one of news.getChildren("item")) take(one);
      for (const one of news.getChildren("gone")) items.delete(one.attrs.id ?? "");
      tell();
      return true;
    },
    methods: {
      planned: follow,
      replan: again,
      sendPlanned: async (id) => void (await ask("set", h("now", { xmlns: NS.scheduled, id }))),
      cancelPlanned: async (id) => void (await ask("set", h("cancel", { xmlns: NS.scheduled, id }))),
      async remind(conversation, archive, at, words) {
        await follow();
        const id = crypto.randomUUID();
        const message = h("message", { xmlns: NS.client, to: context.jid, type: "chat", id }, h("body", {}, words), h("reminder", { xmlns: NS.scheduled, conversation, archive }));
        await ask("set", h("send", { xmlns: NS.scheduled, at: new Date(at).toISOString() }, message));
      },
    },
  };
};

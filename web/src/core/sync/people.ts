// SPDX-License-Identifier: Apache-2.0
// Contacts that come and go: requests both ways (RFC 6121, 3), names, the directory (XEP-0055).
import type { Jid } from "../../shared/types.ts";
import type { FoundPerson } from "../../shared/people.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { bare, domain, h, textOf } from "../xml/el.ts";
import { submit } from "../xml/form.ts";
import { NS } from "../xml/ns.ts";

const REQUESTS_MAX = 200;

export const people: FeatureMaker = (context): Feature => {
  const { rows, stream } = context;
  const requests = new Map<Jid, { jid: Jid; name: string; text?: string }>();

  const tell = (): void => context.tell("requests", [...requests.values()]);
  const rosterSet = (jid: Jid, more: Record<string, string | undefined>): Promise<unknown> =>
    stream.request(h("iq", { type: "set" }, h("query", { xmlns: NS.roster }, h("item", { jid, ...more }))));

  return {
    onOnline: (resumed) => {
      if (!resumed) requests.clear();
    },
    onListen: tell,
    onStanza(el) {
      if (el.name !== "presence") return undefined;
      const jid = bare(el.attrs.from ?? "");
      if (el.attrs.type === "subscribe" && jid && requests.size < REQUESTS_MAX) {
        const [name, text] = [textOf(el, "nick", NS.nick), textOf(el, "status")];
        requests.set(jid, { jid, name: (name || context.nameOf(jid)).slice(0, 200), ...(text ? { text: text.slice(0, 1000) } : {}) });
        tell();
        return true;
      }
      return ["subscribed", "unsubscribe", "unsubscribed"].includes(el.attrs.type ?? "") || undefined; // the roster push says the rest
    },
    methods: {
      async addContact(jid, name) {
        await rosterSet(jid, { name });
        rows.need(jid, "chat");
        // Whoever answers may see me, too: one question less (RFC 6121, 3.4).
        stream.send(h("presence", { to: jid, type: "subscribed" }));
        stream.send(h("presence", { to: jid, type: "subscribe" }, h("nick", { xmlns: NS.nick }, context.me.name)));
      },
      async renameContact(jid, name) {
        await rosterSet(jid, { name });
        rows.update(jid, { name: name || context.nameOf(jid) });
      },
      removeContact: async (jid) => void (await rosterSet(jid, { subscription: "remove" })),
      answerRequest(jid, accept) {
        requests.delete(jid);
        stream.send(h("presence", { to: jid, type: accept ? "subscribed" : "unsubscribed" }));
        if (accept && !["both", "to"].includes(rows.get(jid)?.contact ?? "")) stream.send(h("presence", { to: jid, type: "subscribe" }));
        if (accept) rows.need(jid, "chat");
        tell();
      },
      async findPeople(words): Promise<FoundPerson[]> {
        const by = async (field: string): Promise<FoundPerson[]> => {
          const answer = await stream.request(h("iq", { type: "set", to: domain(context.jid) }, h("query", { xmlns: NS.search55 }, submit(NS.search55, { [field]: words }))));
          return (answer.getChild("query", NS.search55)?.getChild("x", NS.form)?.getChildren("item") ?? []).flatMap((item) => {
            const of = (name: string): string => item.getChildren("field").find((one) => one.attrs.var === name)?.getChildText("value") ?? "";
            return of("jid") ? [{ jid: of("jid"), name: of("nick") || [of("first"), of("last")].filter(Boolean).join(" ") || context.nameOf(of("jid")) }] : [];
          });
        };
        const found = (await Promise.all(["nick", "first", "last"].map(by))).flat();
        return [...new Map(found.map((one) => [one.jid, one])).values()];
      },
    },
  };
};

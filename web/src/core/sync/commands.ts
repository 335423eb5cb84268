// SPDX-License-Identifier: Apache-2.0
// Commands of the server, of rooms and of bots (XEP-0050): which there are, and one step of one of them.
import type { CommandStep, Form } from "../../shared/forms.ts";
import type { Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { domain, h } from "../xml/el.ts";
import { parseForm, submit } from "../xml/form.ts";
import { NS } from "../xml/ns.ts";

const COMMANDS_MAX = 200;

export const commands: FeatureMaker = (context): Feature => {
  const { stream } = context;

  async function list(of: Jid): Promise<{ jid: Jid; node: string; name: string }[]> {
    const answer = await stream.request(h("iq", { type: "get", to: of }, h("query", { xmlns: NS.discoItems, node: NS.commands })));
    return (answer.getChild("query", NS.discoItems)?.getChildren("item") ?? []).slice(0, COMMANDS_MAX)
      .flatMap((one) => (one.attrs.node && one.attrs.jid ? [{ jid: one.attrs.jid, node: one.attrs.node, name: one.attrs.name ?? one.attrs.node }] : []));
  }

  return {
    methods: {
      /** Of the server, and of the one that is talked to; who has none, or does not answer, has none. */
      async commands(conversation) {
        const asked = [...new Set([domain(context.jid), ...(conversation ? [conversation] : [])])];
        return (await Promise.all(asked.map((one) => list(one).catch(() => [])))).flat();
      },
      async command(jid, node, action, session, fields): Promise<CommandStep> {
        const form = fields && submit(undefined, fields);
        const answer = await stream.request(h("iq", { type: "set", to: jid }, h("command", { xmlns: NS.commands, node, action, sessionid: session }, form)));
        const command = answer.getChild("command", NS.commands);
        const actions = command?.getChild("actions");
        const x = command?.getChild("x", NS.form);
        return {
          status: command?.attrs.status === "executing" ? "executing" : command?.attrs.status === "canceled" ? "canceled" : "completed",
          notes: (command?.getChildren("note") ?? []).map((one) => ({ kind: one.attrs.type === "error" ? "error" : one.attrs.type === "warn" ? "warn" : "info", text: one.text() })),
          actions: (["prev", "next", "complete"] as const).filter((one) => actions?.getChild(one)),
          ...(command?.attrs.sessionid ? { session: command.attrs.sessionid } : {}), ...(x ? { form: parseForm(x) as Form } : {}),
        };
      },
    },
  };
};

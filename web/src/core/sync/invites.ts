// SPDX-License-Identifier: Apache-2.0
// Invitations to this server (XEP-0401): made by the commands of the server, which says who may.
import type { Invitation } from "../../shared/people.ts";
import { Refusal } from "../../shared/rpc.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, domain, h } from "../xml/el.ts";
import { fields, submit } from "../xml/form.ts";
import { NS } from "../xml/ns.ts";

const TO_ACCOUNT = "urn:xmpp:invite#create-account";
const TO_CONTACT = "urn:xmpp:invite#invite";

export const invites: FeatureMaker = (context): Feature => {
  const server = domain(context.jid);

  async function run(node: string, attrs: Record<string, string>, form?: El): Promise<El> {
    const answer = await context.stream.request(h("iq", { type: "set", to: server }, h("command", { xmlns: NS.commands, node, ...attrs }, form)));
    const command = answer.getChild("command", NS.commands);
    if (!command) throw new Refusal("refused");
    return command;
  }

  function read(done: El): Invitation {
    const uri = fields(done).get("uri")?.[0] ?? "";
    const token = /[?;]preauth=([^;&]+)/.exec(uri)?.[1];
    if (done.attrs.status !== "completed" || !token) throw new Refusal("refused");
    return { token: decodeURIComponent(token), uri, makesAccount: /;ibr=y(?:;|$)/.test(uri) };
  }

  async function toAccount(): Promise<Invitation> {
    const first = await run(TO_ACCOUNT, { action: "execute" });
    return read(await run(TO_ACCOUNT, { action: "complete", sessionid: first.attrs.sessionid ?? "" }, submit(undefined, { "roster-subscription": "true" })));
  }

  return {
    methods: {
      invitePerson: async (onlyAccount) => toAccount().catch((why: unknown) => {
        if (onlyAccount) throw why;
        return run(TO_CONTACT, { action: "execute" }).then(read);
      }),
    },
  };
};

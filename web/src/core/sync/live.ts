// SPDX-License-Identifier: Apache-2.0
// Messages as they come: carbons (XEP-0280) are opened, events (XEP-0060) handed on. Carbons count only from one's own account.
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, bare } from "../xml/el.ts";
import { parseMessage } from "../xml/message.ts";
import { NS } from "../xml/ns.ts";

export const live: FeatureMaker = (context): Feature => {
  function take(el: El, sent: boolean, delay?: El): void {
    const event = el.getChild("event", NS.pubsubEvent)?.getChild("items");
    if (event && !sent) {
      if (event.attrs.node) context.raise("onEvent", bare(el.attrs.from ?? context.jid), event.attrs.node, event);
      return;
    }
    context.raise("onMessage", parseMessage(el, delay), el, sent);
  }

  return {
    onStanza(el) {
      // Results of archives are for who has asked; what nobody has asked for is nobody's.
      if (el.name !== "message" || el.getChild("result", NS.mam)) return undefined;
      const carbon = el.getChild("sent", NS.carbons) ?? el.getChild("received", NS.carbons);
      if (!carbon) {
        take(el, false);
        return true;
      }
      const forwarded = carbon.getChild("forwarded", NS.forward);
      const message = forwarded?.getChild("message");
      const isMine = !el.attrs.from || el.attrs.from === context.jid;
      if (isMine && message && message.attrs.type !== "groupchat") take(message, carbon.name === "sent", forwarded?.getChild("delay", NS.delay));
      return true;
    },
  };
};

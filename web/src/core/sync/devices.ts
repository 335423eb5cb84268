// SPDX-License-Identifier: Apache-2.0
// The devices of the account (XEP-0494), signing them out, this one, too; and a new password (XEP-0077).
import type { Device } from "../../shared/api.ts";
import { Refusal } from "../../shared/rpc.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, domain, h, local, textOf, time } from "../xml/el.ts";
import { NS } from "../xml/ns.ts";

const NAME_MAX = 100; // UTF-16 units of what a device says of itself

function deviceOf(el: El): Device {
  const agent = el.getChild("user-agent", NS.cam);
  const auth = el.getChild("auth", NS.cam);
  return {
    id: el.attrs.id ?? "", software: (textOf(agent, "software") ?? "").slice(0, NAME_MAX), device: (textOf(agent, "device") ?? "").slice(0, NAME_MAX),
    firstSeen: time(textOf(el, "first-seen")) ?? 0, lastSeen: time(textOf(el, "last-seen")) ?? 0, connected: el.attrs.connected === "true",
    knowsPassword: Boolean(auth?.getChild("password")), own: Boolean(el.getChild("own", NS.clients)),
  };
}

export const devices: FeatureMaker = (context): Feature => {
  const { stream } = context;

  async function list(): Promise<Device[]> {
    const answer = await stream.request(h("iq", { type: "get" }, h("list", { xmlns: NS.cam })));
    return (answer.getChild("clients", NS.cam)?.getChildren("client") ?? []).map(deviceOf).filter((one) => one.id)
      .toSorted((a, b) => Number(b.own) - Number(a.own) || Number(b.connected) - Number(a.connected) || b.lastSeen - a.lastSeen);
  }

  /** Whether it is gone for good: else it knows the password, and can come back with it. */
  async function revoke(id: string): Promise<boolean> {
    try {
      await stream.request(h("iq", { type: "set" }, h("revoke", { xmlns: NS.cam, id })));
      return true;
    } catch (why) {
      // "service-unavailable" with <password-reset-required/>: it was done all the same
      if (why instanceof Refusal && why.fault === "refused") return false;
      throw why;
    }
  }

  return {
    methods: {
      devices: list,
      signOutDevice: revoke,
      async revokeMe() {
        const own = (await list()).find((one) => one.own);
        if (own) stream.send(h("iq", { type: "set", id: crypto.randomUUID() }, h("revoke", { xmlns: NS.cam, id: own.id }))); // no answer reaches who is signed out
      },
      async changePassword(password) {
        await stream.request(h("iq", { type: "set", to: domain(context.jid) },
          h("query", { xmlns: NS.register }, h("username", {}, local(context.jid)), h("password", {}, password))));
        await context.newPassword(password);
      },
    },
  };
};

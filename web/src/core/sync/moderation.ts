// SPDX-License-Identifier: Apache-2.0
// Messages of others are taken out of a room (XEP-0425): asked of the room, which tells everybody and blanks its archive.
import { Refusal } from "../../shared/rpc.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { h } from "../xml/el.ts";
import { NS } from "../xml/ns.ts";

const REASON_MAX = 500; // UTF-16 units

export const moderation: FeatureMaker = ({ stream, logs }): Feature => ({
  methods: {
    async moderate(room, key, reason) {
      const id = logs.having(room, key)?.message.archive;
      if (!id) throw new Refusal("not-there");
      const why = reason.trim().slice(0, REASON_MAX);
      await stream.request(h("iq", { type: "set", to: room },
        h("moderate", { xmlns: NS.moderate, id }, h("retract", { xmlns: NS.retract }), why !== "" && h("reason", {}, why))));
    },
  },
});

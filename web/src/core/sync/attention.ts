// SPDX-License-Identifier: Apache-2.0
// Whether somebody looks (XEP-0352), and a connection that is looked after when somebody comes back.
import type { Feature, FeatureMaker } from "../context.ts";
import { h } from "../xml/el.ts";
import { NS } from "../xml/ns.ts";

export const attention: FeatureMaker = ({ stream }): Feature => {
  let visible = true;
  let told = true;

  function tell(): void {
    if (!stream.isOnline || visible === told) return;
    told = visible;
    stream.send(h(visible ? "active" : "inactive", { xmlns: NS.csi }));
  }

  return {
    onOnline(resumed) {
      if (!resumed) told = true;
      tell();
    },
    methods: {
      attention(now) {
        visible = now;
        if (now) stream.nudge();
        tell();
      },
    },
  };
};

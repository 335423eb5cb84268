// SPDX-License-Identifier: Apache-2.0
// Availability of others.
import type { Availability, Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, bare, resource, textOf } from "../xml/el.ts";
import { NS } from "../xml/ns.ts";
import { availabilityOf } from "../xml/presence.ts";

const RANK: Availability[] = ["available", "busy", "away", "offline"];

export const presence: FeatureMaker = (context): Feature => {
  const { rows } = context;
  /** Bare address to its devices. */
  const devices = new Map<Jid, Map<string, { availability: Availability; status?: string }>>();

  function show(jid: Jid): void {
    const all = [...(devices.get(jid) ?? [])].map(([device, one]) => ({ ...one, device })).toSorted((a, b) => RANK.indexOf(a.availability) - RANK.indexOf(b.availability));
    rows.update(jid, { availability: all[0]?.availability ?? "offline", status: all[0]?.status, device: all[0]?.device });
  }

  function take(el: El): void {
    const jid = bare(el.attrs.from ?? "");
    const of = devices.get(jid) ?? new Map<string, { availability: Availability; status?: string }>();
    const availability = availabilityOf(el);
    const status = textOf(el, "status");
    if (availability === "offline") of.delete(resource(el.attrs.from ?? ""));
    else of.set(resource(el.attrs.from ?? ""), { availability, ...(status ? { status: status.slice(0, 500) } : {}) });
    devices.set(jid, of);
    show(jid);
  }

  return {
    onOnline(resumed) {
      if (resumed) return;
      devices.clear();
    },
    onOffline() {
      devices.clear();
      for (const row of rows.all()) if (row.kind === "chat") rows.update(row.jid, { availability: "offline" });
    },
    onStanza(el) {
      if (el.name !== "presence" || (el.attrs.type !== undefined && el.attrs.type !== "unavailable")) return undefined;
      if (el.getChild("x", NS.mucUser) || rows.get(bare(el.attrs.from ?? ""))?.kind === "room") return undefined;
      take(el);
      return true;
    },
  };
};

// SPDX-License-Identifier: Apache-2.0
// Names of rooms: asked of the rooms (XEP-0045, 6.4), a few at a time, and kept with the row. What a bookmark calls a room holds until then.
import type { Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { bare, h, local } from "../xml/el.ts";
import { NS } from "../xml/ns.ts";

const AT_ONCE = 4;
const NAME_MAX = 200; // UTF-16 units

export const names: FeatureMaker = (context): Feature => {
  const { rows, stream } = context;
  const wanted = new Set<Jid>();
  let running = 0;
  let isListed = false;

  async function ask(room: Jid): Promise<void> {
    const answer = await stream.request(h("iq", { type: "get", to: room }, h("query", { xmlns: NS.discoInfo })));
    const query = answer.getChild("query", NS.discoInfo);
    if (query) context.raise("onAbout", room, query);
    const name = query?.getChildren("identity").find((one) => one.attrs.category === "conference")?.attrs.name?.trim();
    if (name) rows.update(room, { name: name.slice(0, NAME_MAX), titled: true });
  }

  function next(): void {
    for (const room of wanted) {
      if (running >= AT_ONCE || !stream.isOnline) return;
      wanted.delete(room);
      running++;
      void ask(room).catch(() => undefined).finally(() => { // it keeps the name that it has
        running--;
        next();
      });
    }
  }

  function want(room: Jid): void {
    if (rows.get(room)?.kind !== "room") return;
    wanted.add(room);
    next();
  }

  const isNameless = (room: Jid): boolean => rows.get(room)?.name === local(room);

  return {
    onListed() {
      isListed = true;
      for (const row of rows.all()) if (isNameless(row.jid)) want(row.jid);
    },
    // Behind the entry that it came with, which may have brought a name.
    onBelonging: (room) => queueMicrotask(() => isListed && isNameless(room) && want(room)),
    onJoined: (room, joined) => {
      if (joined) want(room);
    },
    onStanza(el) {
      const x = el.name === "message" ? el.getChild("x", NS.mucUser) : undefined;
      if (x?.getChild("invite")) { // the room that invites is not in the list yet
        wanted.add(bare(el.attrs.from ?? ""));
        next();
      }
      const status = x?.getChildren("status");
      if (status?.some((one) => one.attrs.code === "104")) want(bare(el.attrs.from ?? ""));
      return undefined;
    },
  };
};

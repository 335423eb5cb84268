// SPDX-License-Identifier: Apache-2.0
// Oneself: name (XEP-0172), availability (XEP-0186 for none) and status, and the card of others (XEP-0292 or 0054, XEP-0202 for their clock).
import type { Card, MyStatus } from "../../shared/people.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, h, textOf, time } from "../xml/el.ts";
import { capsElement } from "../xml/caps.ts";
import { NS } from "../xml/ns.ts";

const SHOW: Record<string, string | undefined> = { away: "away", busy: "dnd" };
const STATUS = "status"; // name of the setting

export const profile: FeatureMaker = (context): Feature => {
  const { stream, store } = context;
  let mine: MyStatus = { availability: "available" };
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isHidden = false; // in this session

  /** Expired ones are taken away, also while this client sleeps. */
  function watch(): void {
    clearTimeout(timer);
    if (!mine.until) return;
    const left = mine.until - Date.now();
    if (left <= 0) void set({ availability: "available" });
    else timer = setTimeout(watch, Math.min(left, 2 ** 31 - 1));
  }

  /** XEP-0186: contacts see nobody, what they write still comes. False: the server does not know how. */
  async function hide(): Promise<boolean> {
    isHidden ||= await stream.request(h("iq", { type: "set" }, h("invisible", { xmlns: NS.invisible, probe: "true" }))).then(() => true, () => false);
    return isHidden;
  }

  async function say(): Promise<void> {
    const caps = await capsElement();
    const text = [mine.emoji, mine.text].filter(Boolean).join(" ");
    context.setMe({ availability: mine.availability, status: text || undefined });
    if (!stream.isOnline) return;
    if (mine.availability === "invisible" && !(await hide())) {
      stream.send(h("presence", { type: "unavailable" }));
      return;
    }
    if (mine.availability !== "invisible" && isHidden) {
      isHidden = false;
      await stream.request(h("iq", { type: "set" }, h("visible", { xmlns: NS.invisible }))).catch(() => undefined); // presence says it, too
    }
    const show = SHOW[mine.availability];
    stream.send(h("presence", {}, show && h("show", {}, show), text && h("status", {}, text), caps));
  }

  async function set(next: MyStatus): Promise<void> {
    mine = next;
    await store.putSetting(context.jid, STATUS, next);
    watch();
    await say();
  }

  function nameIn(items: El | undefined): void {
    const name = items?.getChild("item")?.getChild("nick", NS.nick)?.text().trim();
    if (name) context.setMe({ name: name.slice(0, 200) });
  }

  return {
    features: [`${NS.nick}+notify`],
    onOnline(resumed) {
      if (resumed) return;
      isHidden = false;
      void store.setting<MyStatus>(context.jid, STATUS).then((kept) => {
        if (kept) mine = kept;
        watch();
        return say();
      });
    },
    onEvent(from, node, items) {
      if (node === NS.nick && from === context.jid) nameIn(items);
    },
    methods: {
      setStatus: set,
      async setName(name) {
        await stream.request(h("iq", { type: "set" }, h("pubsub", { xmlns: NS.pubsub }, h("publish", { node: NS.nick }, h("item", { id: "current" }, h("nick", { xmlns: NS.nick }, name))))));
        context.setMe({ name });
      },
      async card(jid): Promise<Card> {
        const ask = (child: El, to = jid): Promise<El | undefined> => stream.request(h("iq", { type: "get", to }, child), 8000).catch(() => undefined); // what is not answered is not shown
        const devices = context.rows.get(jid)?.device;
        const [card, clock] = await Promise.all([ask(h("vCard", { xmlns: NS.vcard })), devices ? ask(h("time", { xmlns: NS.time }), `${jid}/${devices}`) : undefined]);
        const v = card?.getChild("vCard", NS.vcard);
        const zone = textOf(clock?.getChild("time", NS.time), "tzo");
        const fact = (name: string, ...path: string[]): Record<string, string> => {
          const text = textOf(path.reduce<El | undefined>((el, one) => el?.getChild(one), v), name);
          return text ? { [name]: text.slice(0, 500) } : {};
        };
        return {
          jid, facts: { ...fact("FN"), ...fact("NICKNAME"), ...fact("TITLE"), ...fact("ORGNAME", "ORG"), ...fact("URL"), ...fact("DESC"), ...fact("USERID", "EMAIL"), ...fact("NUMBER", "TEL"), ...fact("TZ") },
          ...(zone && time("2000-01-01T00:00:00Z") ? { zone } : {}),
        };
      },
    },
  };
};

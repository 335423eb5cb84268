// SPDX-License-Identifier: Apache-2.0
// Pictures of people (XEP-0084; the server copies to and from vCards, XEP-0398) and of rooms (XEP-0486). Kept by their hash as data:
// URIs of checked types, so that the page loads nothing; asked for one after the other when a row first shows.
import type { Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, bare, h, number, textOf } from "../xml/el.ts";
import { fields } from "../xml/form.ts";
import { NS } from "../xml/ns.ts";

const BYTES_MAX = 200_000;
const TYPES = /^image\/(png|jpeg|webp|gif)$/;
const BASE64 = /^[A-Za-z0-9+/=\s]+$/;

const dataUri = (type: string | undefined, base64: string | undefined): string | undefined =>
  base64 && base64.length < BYTES_MAX * 1.4 && TYPES.test(type ?? "") && BASE64.test(base64) ? `data:${type};base64,${base64.replace(/\s/g, "")}` : undefined;

export const avatars: FeatureMaker = (context): Feature => {
  const { rows, stream, store } = context;
  /** Hash of the picture that is shown. */
  const shown = new Map<Jid, string>();
  let queue: Promise<unknown> = Promise.resolve();

  function show(jid: Jid, uri: string | undefined): void {
    if (jid === context.jid) context.setMe({ avatar: uri });
    rows.update(jid, { avatar: uri });
  }

  async function fetchPep(jid: Jid, id: string): Promise<string | undefined> {
    const answer = await stream.request(h("iq", { type: "get", to: jid }, h("pubsub", { xmlns: NS.pubsub }, h("items", { node: NS.avatarData }, h("item", { id })))));
    const data = answer.getChild("pubsub", NS.pubsub)?.getChild("items")?.getChild("item")?.getChild("data", NS.avatarData);
    const text = data?.text();
    return dataUri(sniff(text), text);
  }

  async function fetchCard(jid: Jid): Promise<string | undefined> {
    const photo = (await stream.request(h("iq", { type: "get", to: jid }, h("vCard", { xmlns: NS.vcard })))).getChild("vCard", NS.vcard)?.getChild("PHOTO");
    const text = textOf(photo, "BINVAL");
    return dataUri(sniff(text), text);
  }

  /** One after the other: a long list asks for many at once. */
  function need(jid: Jid, hash: string, load: () => Promise<string | undefined>): void {
    if (shown.get(jid) === hash) return;
    shown.set(jid, hash);
    queue = queue.then(async () => {
      const kept = await store.setting<string>("", `avatar ${hash}`);
      const uri = kept ?? (await load().catch(() => undefined));
      if (uri && !kept) void store.putSetting("", `avatar ${hash}`, uri);
      if (uri && shown.get(jid) === hash) show(jid, uri);
    });
  }

  return {
    features: [`${NS.avatarMeta}+notify`],
    onOnline: (resumed) => {
      if (!resumed) shown.clear();
    },
    onEvent(from, node, items) {
      if (node !== NS.avatarMeta) return;
      const info = items.getChild("item")?.getChild("metadata", NS.avatarMeta)?.getChildren("info").find((one) => !one.attrs.url);
      const id = info?.attrs.id;
      if (!info) {
        shown.delete(from);
        show(from, undefined);
      } else if (id && (number(info.attrs.bytes) ?? 0) <= BYTES_MAX) need(from, id, () => fetchPep(from, id));
    },
    onOccupant(_room, el) {
      takeHash(el);
    },
    // XEP-0486
    onAbout(room, query) {
      const hash = fields(query).get("muc#roominfo_avatarhash")?.[0]?.toLowerCase();
      if (hash && /^[0-9a-f]{40}$/.test(hash)) need(room, hash, () => fetchCard(room));
      else if (rows.get(room)?.avatar) {
        shown.delete(room);
        show(room, undefined);
      }
    },
    onStanza(el) {
      if (el.name === "presence" && !el.attrs.type) takeHash(el);
      return undefined;
    },
    methods: {
      async setAvatar(base64, type, width, height) {
        const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
        const id = [...new Uint8Array(await crypto.subtle.digest("SHA-1", bytes))].map((one) => one.toString(16).padStart(2, "0")).join("");
        const publish = (node: string, payload: El): El => h("iq", { type: "set" }, h("pubsub", { xmlns: NS.pubsub }, h("publish", { node }, h("item", { id }, payload))));
        await stream.request(publish(NS.avatarData, h("data", { xmlns: NS.avatarData }, base64)));
        await stream.request(publish(NS.avatarMeta, h("metadata", { xmlns: NS.avatarMeta }, h("info", { id, type, bytes: bytes.length, width, height }))));
        shown.set(context.jid, id);
        show(context.jid, `data:${type};base64,${base64}`);
      },
    },
  };

  /** XEP-0153: what presence says of a vCard's picture; for those without a node of their own. */
  function takeHash(el: El): void {
    const jid = bare(el.attrs.from ?? "");
    const hash = el.getChild("x", NS.vcardUpdate)?.getChildText("photo");
    const isRoom = rows.get(jid)?.kind === "room" && jid === el.attrs.from;
    if (hash && /^[0-9a-f]{40}$/i.test(hash) && !shown.has(jid) && (isRoom || rows.get(jid)?.kind === "chat")) need(jid, hash.toLowerCase(), () => fetchCard(jid));
  }
};

/** The type by the first bytes: what is said of a picture may be wrong. */
function sniff(base64: string | undefined): string | undefined {
  const head = base64?.trimStart().slice(0, 24) ?? "";
  if (head.startsWith("iVBORw0KGgo")) return "image/png";
  if (head.startsWith("/9j/")) return "image/jpeg";
  if (head.startsWith("R0lGOD")) return "image/gif";
  if (head.startsWith("UklGR")) return "image/webp";
  return undefined;
}

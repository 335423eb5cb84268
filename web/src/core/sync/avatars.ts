// SPDX-License-Identifier: Apache-2.0
// Pictures of people (XEP-0084; the server copies to and from vCards, XEP-0398), of rooms (XEP-0486), and of who speaks in them (by
// occupant id, XEP-0421: a nick goes from hand to hand). Kept by their hash, which they must have, as data: URIs of checked types, so
// that the page loads nothing; asked for one after the other when they are first shown.
import type { Jid } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, bare, h, number, textOf } from "../xml/el.ts";
import { fields } from "../xml/form.ts";
import { NS } from "../xml/ns.ts";

const BYTES_MAX = 200_000;
const TYPES = /^image\/(png|jpeg|webp|gif)$/;
const BASE64 = /^[A-Za-z0-9+/=\s]+$/;

const FACES_MAX = 300; // that are kept of a room, whose people may be away
const HASH = /^[0-9a-f]{40}$/;

const sha1 = async (bytes: BufferSource): Promise<string> => [...new Uint8Array(await crypto.subtle.digest("SHA-1", bytes))].map((one) => one.toString(16).padStart(2, "0")).join("");
const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));

/** Undefined for what is no picture, or not the one of this hash: who shows another's picture under a foreign hash would put it on him. */
async function checked(base64: string | undefined, hash: string): Promise<string | undefined> {
  const type = sniff(base64);
  if (!base64 || base64.length >= BYTES_MAX * 1.4 || !TYPES.test(type ?? "") || !BASE64.test(base64)) return undefined;
  const plain = base64.replace(/\s/g, "");
  return (await sha1(bytesOf(plain))) === hash ? `data:${type};base64,${plain}` : undefined;
}

const photoOf = (el: El): string | undefined => el.getChild("x", NS.vcardUpdate)?.getChildText("photo")?.toLowerCase();

/** Who is, or was, in a room: what presence says of his picture, and where it can be asked for. */
interface Face {
  hash: string;
  at?: Jid;
}

export const avatars: FeatureMaker = (context): Feature => {
  const { rows, stream, store } = context;
  /** Hash of the picture that is shown. */
  const shown = new Map<Jid, string>();
  const faces = new Map<Jid, Map<string, Face>>();
  const asked = new Set<string>(); // room and occupant
  let queue: Promise<unknown> = Promise.resolve();

  function show(jid: Jid, uri: string | undefined): void {
    if (jid === context.jid) context.setMe({ avatar: uri });
    rows.update(jid, { avatar: uri });
  }

  async function fetchPep(jid: Jid, id: string): Promise<string | undefined> {
    const answer = await stream.request(h("iq", { type: "get", to: jid }, h("pubsub", { xmlns: NS.pubsub }, h("items", { node: NS.avatarData }, h("item", { id })))));
    const data = answer.getChild("pubsub", NS.pubsub)?.getChild("items")?.getChild("item")?.getChild("data", NS.avatarData);
    return checked(data?.text(), id);
  }

  async function fetchCard(jid: Jid, hash: string): Promise<string | undefined> {
    const photo = (await stream.request(h("iq", { type: "get", to: jid }, h("vCard", { xmlns: NS.vcard })))).getChild("vCard", NS.vcard)?.getChild("PHOTO");
    return checked(textOf(photo, "BINVAL"), hash);
  }

  /** One after the other: a long list asks for many at once. */
  function bring(hash: string, load: () => Promise<string | undefined>): Promise<string | undefined> {
    const one = queue.then(async () => {
      const kept = await store.setting<string>("", `avatar ${hash}`);
      const uri = kept ?? (await load().catch(() => undefined));
      if (uri && !kept) void store.putSetting("", `avatar ${hash}`, uri);
      return uri;
    });
    queue = one;
    return one;
  }

  function need(jid: Jid, hash: string, load: () => Promise<string | undefined>): void {
    if (shown.get(jid) === hash) return;
    shown.set(jid, hash);
    void bring(hash, load).then((uri) => uri && shown.get(jid) === hash && show(jid, uri));
  }

  /** Those of a room, with those of earlier times. */
  async function facesOf(room: Jid): Promise<Map<string, Face>> {
    const here = faces.get(room) ?? new Map<string, Face>();
    faces.set(room, here);
    for (const [occupant, hash] of Object.entries((await store.setting<Record<string, string>>(context.jid, `faces ${room}`)) ?? {})) if (!here.has(occupant)) here.set(occupant, { hash });
    return here;
  }

  async function face(room: Jid, occupant: string): Promise<string | undefined> {
    asked.add(`${room} ${occupant}`);
    const here = await facesOf(room);
    const one = here.get(occupant);
    if (!one?.hash) return undefined;
    const { at, hash } = one;
    const uri = await bring(hash, async () => (at ? fetchCard(at, hash) : undefined));
    if (uri) void store.putSetting(context.jid, `faces ${room}`, Object.fromEntries([...here].filter(([key, { hash: has }]) => has && asked.has(`${room} ${key}`)).slice(-FACES_MAX).map(([key, { hash: has }]) => [key, has])));
    return uri;
  }

  /** Presence of somebody in a room. */
  function takeFace(room: Jid, el: El): void {
    const [occupant, hash] = [el.getChild("occupant-id", NS.occupant)?.attrs.id, photoOf(el)];
    if (!occupant || el.attrs.type) return;
    const here = faces.get(room) ?? new Map<string, Face>();
    faces.set(room, here);
    const before = here.get(occupant);
    here.set(occupant, { hash: hash && HASH.test(hash) ? hash : "", at: el.attrs.from ?? "" });
    if ((before?.hash !== here.get(occupant)?.hash || !before?.at) && asked.has(`${room} ${occupant}`)) void face(room, occupant).then((picture) => context.tell("face", { room, occupant, picture }));
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
    onOccupant(room, el) {
      takeHash(el);
      takeFace(room, el);
    },
    // XEP-0486
    onAbout(room, query) {
      const hash = fields(query).get("muc#roominfo_avatarhash")?.[0]?.toLowerCase();
      if (hash && HASH.test(hash)) need(room, hash, () => fetchCard(room, hash));
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
      face,
      async setAvatar(base64, type, width, height) {
        const bytes = bytesOf(base64);
        const id = await sha1(bytes);
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
    const hash = photoOf(el);
    const isRoom = rows.get(jid)?.kind === "room" && jid === el.attrs.from;
    if (hash && HASH.test(hash) && !shown.has(jid) && (isRoom || rows.get(jid)?.kind === "chat")) need(jid, hash, () => fetchCard(jid, hash));
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

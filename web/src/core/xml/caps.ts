// SPDX-License-Identifier: Apache-2.0
// What this client can do: disco#info (XEP-0030) and its hash in presence (XEP-0115, 5.1).
import { type El, h } from "./el.ts";
import { NS } from "./ns.ts";

const NODE = "https://parley.example/web";
const IDENTITY = { category: "client", type: "web", name: "Parley" };
const list = new Set<string>([
  NS.discoInfo, NS.caps, NS.chatstates, NS.receipts, NS.markers, NS.correct, NS.reactions, NS.reply, NS.retract, NS.moderate, NS.fallback, NS.sfs, NS.oob, NS.muc, NS.invite,
  NS.mentions, NS.reference, NS.ping, NS.sid, NS.styling,
]);

/** Adds namespaces of features; before the first login. */
export function addFeatures(more: string[]): void {
  for (const one of more) list.add(one);
}

export const infoElement = (): El =>
  h("query", { xmlns: NS.discoInfo }, h("identity", IDENTITY), [...list].toSorted().map((one) => h("feature", { var: one })));

export async function capsElement(): Promise<El> {
  const text = `${IDENTITY.category}/${IDENTITY.type}//${IDENTITY.name}<${[...list].toSorted().map((one) => `${one}<`).join("")}`;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text)));
  return h("c", { xmlns: NS.caps, hash: "sha-1", node: NODE, ver: btoa(String.fromCharCode(...hash)) });
}

// SPDX-License-Identifier: Apache-2.0
// Addresses as links: xmpp: URIs (RFC 5122) with what is to be done (XEP-0147). Pure; made for what strangers write.
import type { Jid } from "./types.ts";

const LENGTH_MAX = 8192; // UTF-16 units of a link
const JID_MAX = 2047; // and of an address

/** What a percent-encoded text stands for; the text itself where it is none. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export interface XmppLink {
  jid: Jid;
  resource?: string;
  /** "message", "join", "roster", …; "" when the link only names somebody. */
  action: string;
  /** What stands behind it: "body", "password", … */
  words: Record<string, string>;
}

/** What a link says; undefined when it is none, or names nobody. */
export function xmppLink(uri: string): XmppLink | undefined {
  if (uri.length > LENGTH_MAX) return undefined;
  const parts = /^xmpp:(?:\/\/[^/?#]*\/)?([^?#]*)(?:\?([^#]*))?(?:#.*)?$/isu.exec(uri);
  if (!parts) return undefined;
  const [path = "", query = ""] = parts.slice(1);
  const slash = path.indexOf("/");
  const jid = decoded(slash < 0 ? path : path.slice(0, slash)).toLowerCase();
  // oxlint-disable-next-line no-control-regex -- nothing that cannot be seen is in an address
  if (jid === "" || jid.length > JID_MAX || !/^(?:[^\s"&'/:<>@\u0000-\u001f\u007f]+@)?(?:[\p{L}\p{M}\p{N}._-]+|\[[0-9a-f:.]+\])$/u.test(jid)) return undefined;
  const [action = "", ...pairs] = query.split(";");
  const words = Object.fromEntries(pairs.map((pair) => {
    const at = pair.indexOf("=");
    return at < 0 ? [decoded(pair), ""] : [decoded(pair.slice(0, at)), decoded(pair.slice(at + 1))];
  }));
  return { jid, action: action.includes("=") ? "" : action.toLowerCase(), words, ...(slash >= 0 && slash + 1 < path.length ? { resource: decoded(path.slice(slash + 1)) } : {}) };
}

/** What a link to /join carries: an account, a room, or both. */
export interface Joining {
  invite?: string | undefined;
  room?: Jid | undefined;
  /** Lets in to the room. */
  pass?: string | undefined;
}

/** The path of an invitation that a browser opens. */
export function joinPath({ invite, room, pass }: Joining): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries({ invite, room, pass })) if (value) words.set(name, value);
  return `/join?${words}`;
}

/** What stands in one. A room that is none is left out. */
export function joining(search: string): Joining {
  const words = new URLSearchParams(search);
  const room = xmppLink(`xmpp:${encodeURIComponent(words.get("room") ?? "")}`)?.jid;
  return { invite: words.get("invite") ?? undefined, room: room?.includes("@") ? room : undefined, pass: words.get("pass") ?? undefined };
}

/** The way into the room for who has an account already. */
export const roomUri = ({ room, pass }: Joining): string => `xmpp:${encodeURIComponent(room ?? "").replace(/%40/g, "@")}?join${pass ? `;password=${encodeURIComponent(pass)}` : ""}`;

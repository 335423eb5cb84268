// SPDX-License-Identifier: Apache-2.0
// Elements: made with h(), looked at with the functions below. All reading is total: what is not there is undefined.
import xml from "@xmpp/xml";

/** An element as the stream library has it (ltx), narrowed to what we use. */
export interface El {
  name: string;
  attrs: Record<string, string | undefined>;
  parent: El | null;
  getChild(name: string, ns?: string): El | undefined;
  getChildren(name: string, ns?: string): El[];
  getChildElements(): El[];
  getChildText(name: string, ns?: string): string | null;
  getNS(): string | undefined;
  text(): string;
  is(name: string, ns?: string): boolean;
  append(...nodes: unknown[]): El;
  remove(child: El): El;
  toString(): string;
}

type Inside = El | string | number | false | null | undefined | Inside[];

/** h("body", {}, "words"): unset attributes and children are left out. */
export function h(name: string, attrs: Record<string, string | number | undefined> = {}, ...inside: Inside[]): El {
  const set = Object.fromEntries(Object.entries(attrs).filter(([, value]) => value !== undefined).map(([key, value]) => [key, String(value)]));
  const flat = (inside as unknown[]).flat(Infinity).filter((one) => one !== undefined && one !== null && one !== false);
  return (xml as unknown as (name: string, attrs: object, ...inside: unknown[]) => El)(name, set, ...flat.map((one) => (typeof one === "number" ? String(one) : one)));
}

/** Text of a child, "" counts as there. */
export const textOf = (el: El | undefined, name: string, ns?: string): string | undefined => el?.getChildText(name, ns) ?? undefined;

/** A whole number of an attribute or a text, if it is one. */
export function number(text: string | undefined | null): number | undefined {
  return text && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** XEP-0082 to milliseconds. */
export function time(text: string | undefined): number | undefined {
  const at = text ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

export const bare = (jid: string): string => {
  const slash = jid.indexOf("/");
  return slash < 0 ? jid : jid.slice(0, slash);
};
export const resource = (jid: string): string => {
  const slash = jid.indexOf("/");
  return slash < 0 ? "" : jid.slice(slash + 1);
};
export const domain = (jid: string): string => bare(jid).slice(jid.indexOf("@") + 1);
export const local = (jid: string): string => (jid.includes("@") ? jid.slice(0, jid.indexOf("@")) : bare(jid));

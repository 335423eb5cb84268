// SPDX-License-Identifier: Apache-2.0
// Finds addresses in a line: http, https, xmpp, mailto, geo. A host that deceives is shown as what it is. Pure.
import { isHonestHost } from "./hosts.ts";

export interface Link {
  /** Half-open range of UTF-16 units. */
  from: number;
  to: number;
  href: string;
  /** Shown instead of what was written, where that would deceive. */
  label?: string;
}

const LONGEST = 2048;
const START = /(?<![A-Za-z0-9_+.-])(?:https?:\/\/|xmpp:|mailto:|geo:)/giu;
// White space, controls, quotes, angle and CJK brackets, CJK stops, marks of direction: none of them is in an address that someone means.
const END = /[\s\p{Z}\p{Cc}<>"`\\^{}|\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u00ab\u00bb\u201c\u201d\u3000-\u3003\u3008-\u3011\u3014-\u301b\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]/u;
const TRAILING = new Set([".", ",", ":", ";", "!", "?", "'", "…", "*", "~", "’", "‘"]);
const BRACKETS: Record<string, string> = { ")": "(", "]": "[" };

function count(text: string, sign: string): number {
  let n = 0;
  for (let at = text.indexOf(sign); at >= 0; at = text.indexOf(sign, at + 1)) n++;
  return n;
}

// Whether an emphasis is open before the address, whose mark at its end is then no part of it.
const emphasisBefore = (line: string, from: number): boolean => /(?:^|[\s*~])_(?!\s)/u.test(line.slice(Math.max(0, from - 1000), from));

/** Where an address that begins at FROM and may reach to TO ends, without the signs that belong to the sentence. */
function trim(line: string, from: number, to: number): number {
  const raw = line.slice(from, to);
  const open: Record<string, number> = {};
  for (const [close, begin] of Object.entries(BRACKETS)) if (raw.includes(close)) open[close] = count(raw, close) - count(raw, begin);
  let end = raw.length;
  const emphasis = raw.endsWith("_") || /_[.,:;!?'…*~)\]]+$/u.test(raw) ? emphasisBefore(line, from) : false;
  for (; end > 0; end--) {
    const last = raw[end - 1] ?? "";
    const surplus = open[last] ?? 0;
    if (surplus > 0) open[last] = surplus - 1;
    else if (!TRAILING.has(last) && !(last === "_" && emphasis)) break;
  }
  return from + end;
}

function webLink(raw: string): { href: string; label?: string } | undefined {
  if (!URL.canParse(raw)) return undefined;
  const url = new URL(raw);
  const parts = /^(https?:\/\/)([^/?#]*)(.*)$/iu.exec(raw);
  const typed = parts?.[2] ?? "";
  // A name before the host is only there to be mistaken for the host.
  if (typed.includes("@") || url.username || url.password || url.hostname === "") return undefined;
  const host = typed.replace(/:\d*$/, "").toLowerCase();
  if (host === url.hostname || (/[^\0-\x7f]/.test(host) && isHonestHost(host))) return { href: url.href };
  return { href: url.href, label: `${parts?.[1]?.toLowerCase() ?? ""}${url.host}${parts?.[3] ?? ""}` };
}

function otherLink(raw: string): { href: string } | undefined {
  const [scheme = "", rest = ""] = raw.split(/:(.*)/su);
  const shapes: Record<string, RegExp> = { xmpp: /^[^?#]*[^?#/@.]/u, mailto: /^[^?#]+@[^?#]+/u, geo: /^-?\d[^?#]*,-?\d/u };
  if (!shapes[scheme.toLowerCase()]?.test(rest) || !URL.canParse(raw)) return undefined;
  return { href: new URL(raw).href };
}

/** The addresses in LINE, in order, at most MOST. */
export function findLinks(line: string, most: number): Link[] {
  const found: Link[] = [];
  START.lastIndex = 0;
  for (let begin = START.exec(line); begin && found.length < most; begin = START.exec(line)) {
    const from = begin.index;
    const window = line.slice(from, from + LONGEST + 1);
    const stop = END.exec(window)?.index ?? window.length;
    START.lastIndex = from + Math.max(stop, begin[0].length);
    if (stop > LONGEST) continue;
    const to = trim(line, from, from + stop);
    if (to - from <= begin[0].length) continue;
    const raw = line.slice(from, to);
    const link = /^http/iu.test(raw) ? webLink(raw) : otherLink(raw);
    if (link) found.push({ from, to, ...link });
  }
  return found;
}

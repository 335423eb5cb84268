// SPDX-License-Identifier: Apache-2.0
// XEP-0393 1.1 (message styling) to a small tree. Every node is a range of the text, so that marks can be kept or left out. Pure;
// its time goes with the length of the text, whatever is in it.
import { findLinks } from "./links.ts";

export interface Range {
  /** Half-open, UTF-16 units of the whole text. */
  from: number;
  to: number;
}
export type Mark = "strong" | "em" | "strike" | "code";
export type Span =
  | ({ kind: "text" } & Range)
  | ({ kind: Mark; inner: Span[] } & Range)
  | ({ kind: "link"; href: string; label?: string } & Range)
  | ({ kind: "mention"; index: number } & Range);
export type Block =
  | ({ kind: "line"; spans: Span[] } & Range)
  | ({ kind: "code"; word: string; head: Range; lines: Range[]; end?: Range } & Range)
  | ({ kind: "quote"; marks: Range[]; blocks: Block[] } & Range);

export interface ParseOptions {
  /** Ranges of mentions; those that cannot be are left out. */
  mentions?: readonly { begin: number; end: number }[] | undefined;
  /** The sender wants no styling (section 6); links and mentions stay. */
  unstyled?: boolean | undefined;
}

/** More nodes than this are not made: what follows is plain text. */
export const NODES_MAX = 20_000;
/** Quotes in quotes deeper than this are plain text. */
export const DEPTH_MAX = 10;
/** In a line. */
const LINKS_MAX = 1000;
const MENTIONS_MAX = 1000;

const MARKS: Record<string, Mark> = { "*": "strong", _: "em", "~": "strike", "`": "code" };
const SPACE = /[\p{White_Space}\p{Z}]/u;

type Atom = Extract<Span, { kind: "link" | "mention" }>;

interface Work {
  text: string;
  options: ParseOptions;
  mentions: Atom[];
  /** Where they begin. */
  starts: number[];
  budget: number;
}

/** The blocks of a text. */
export function parse(text: string, options: ParseOptions = {}): Block[] {
  const lines: Range[] = [];
  for (let from = 0, to = 0; from <= text.length; from = to + 1) {
    to = text.indexOf("\n", from);
    if (to < 0) to = text.length;
    lines.push({ from, to });
  }
  const mentions = soundMentions(text, options.mentions ?? []);
  const work: Work = { text, options, mentions, starts: mentions.map((one) => one.from), budget: NODES_MAX };
  return blocks(work, lines, 0);
}

function soundMentions(text: string, given: readonly { begin: number; end: number }[]): Atom[] {
  const sound: Atom[] = [];
  const inOrder = given.map(({ begin, end }, index) => ({ kind: "mention" as const, from: begin, to: end, index })).toSorted((a, b) => a.from - b.from);
  let last = 0;
  for (const one of inOrder.slice(0, MENTIONS_MAX)) {
    const whole = Number.isInteger(one.from) && Number.isInteger(one.to);
    if (!whole || one.from < last || one.to <= one.from || one.to > text.length || text.slice(one.from, one.to).includes("\n")) continue;
    sound.push(one);
    last = one.to;
  }
  return sound;
}

/** First line that does not belong to the block that begins at AT. */
function blockEnd(work: Work, lines: readonly Range[], at: number, belongs: (line: string) => boolean): number {
  let next = at;
  for (let line = lines[next]; line && belongs(work.text.slice(line.from, line.to)); line = lines[next]) next++;
  return next;
}

function blocks(work: Work, lines: readonly Range[], depth: number): Block[] {
  const made: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at];
    if (!line) break;
    if (--work.budget <= 0) return [...made, rest(lines, at)];
    const styles = !work.options.unstyled;
    if (styles && work.text.startsWith("```", line.from) && line.to - line.from >= 3) {
      const end = blockEnd(work, lines, at + 1, (text) => text !== "```");
      made.push(codeBlock(work, lines, at, end));
      at = end + 1;
    } else if (styles && depth < DEPTH_MAX && work.text[line.from] === ">" && line.to > line.from) {
      const end = blockEnd(work, lines, at, (text) => text.startsWith(">"));
      made.push(quoteBlock(work, lines.slice(at, end), depth));
      at = end;
    } else {
      made.push({ kind: "line", ...line, spans: lineSpans(work, line) });
      at++;
    }
  }
  return made;
}

function rest(lines: readonly Range[], at: number): Block {
  const from = lines[at]?.from ?? 0;
  const to = lines.at(-1)?.to ?? from;
  return { kind: "line", from, to, spans: [{ kind: "text", from, to }] };
}

function codeBlock(work: Work, lines: readonly Range[], at: number, end: number): Block {
  const head = lines[at] ?? { from: 0, to: 0 };
  const last = lines[end];
  const said = work.text.slice(head.from + 3, head.to).trim();
  const isWord = /^[\p{L}\p{N}+#._-]{1,30}$/u.test(said);
  const inside = lines.slice(at + 1, end);
  // What stands behind the marks and is no name of a language is shown as code: nothing that was written gets lost.
  if (said !== "" && !isWord) inside.unshift({ from: head.from + 3, to: head.to });
  const to = (last ?? inside.at(-1) ?? head).to;
  return { kind: "code", from: head.from, to, word: isWord ? said : "", head, lines: inside, ...(last && { end: last }) };
}

function quoteBlock(work: Work, lines: readonly Range[], depth: number): Block {
  const marks: Range[] = [];
  const inner = lines.map(({ from, to }) => {
    const begin = from + 1 < to && SPACE.test(work.text[from + 1] ?? "") ? from + 2 : from + 1;
    marks.push({ from, to: begin });
    return { from: begin, to };
  });
  return { kind: "quote", from: lines[0]?.from ?? 0, to: lines.at(-1)?.to ?? 0, marks, blocks: blocks(work, inner, depth + 1) };
}

/** Which of the sorted STARTS lie in a range: the first, and the first behind it. */
const between = (starts: readonly number[], range: Range): [number, number] => [placeFrom(starts, range.from), placeFrom(starts, range.to)];

/** Links and mentions of a line, none over another: a mention wins. */
function atomsOf(work: Work, line: Range): Atom[] {
  const text = work.text.slice(line.from, line.to);
  const mentions = work.mentions.slice(...between(work.starts, line));
  const links = text.includes(":") ? findLinks(text, LINKS_MAX).map((link) => ({ kind: "link" as const, ...link, from: link.from + line.from, to: link.to + line.from })) : [];
  const free = links.filter((link) => !mentions.some((one) => one.from < link.to && one.to > link.from));
  return [...mentions, ...free].toSorted((a, b) => a.from - b.from);
}

interface Line {
  work: Work;
  atoms: readonly Atom[];
  /** Places where a span of that sign can end, in order. */
  ends: Record<string, number[]>;
}

function lineSpans(work: Work, range: Range): Span[] {
  if (range.from === range.to) return [];
  const atoms = atomsOf(work, range);
  const ends: Record<string, number[]> = { "*": [], _: [], "~": [], "`": [] };
  let atom = 0;
  for (let at = range.from + 1; at < range.to && !work.options.unstyled; at++) {
    const sign = ends[work.text[at] ?? ""];
    if (!sign) continue;
    while ((atoms[atom]?.to ?? Infinity) <= at) atom++;
    const inside = (atoms[atom]?.from ?? Infinity) <= at;
    if (!inside && !SPACE.test(work.text[at - 1] ?? "")) sign.push(at);
  }
  return spans({ work, atoms, ends }, range.from, range.to, "");
}

/** Index of the first of the sorted PLACES that is at least FROM. */
function placeFrom(places: readonly number[], from: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where a span that opens at AT closes: undefined if it does not open, AT + 1 if there is nothing in it and both signs are plain. */
function closeOf(line: Line, at: number, from: number, to: number, parent: string): number | undefined {
  const { text } = line.work;
  const sign = text[at] ?? "";
  const ends = line.ends[sign];
  const begins = at === from ? sign !== parent : SPACE.test(text[at - 1] ?? "");
  if (!ends || !begins || SPACE.test(text[at + 1] ?? " ")) return undefined;
  const end = ends[placeFrom(ends, at + 1)];
  return end !== undefined && end < to ? end : undefined;
}

function spans(line: Line, from: number, to: number, parent: string): Span[] {
  const made: Span[] = [];
  let plain = from;
  let atom = line.atoms.findIndex((one) => one.from >= from);
  if (atom < 0) atom = line.atoms.length;
  const flush = (end: number): void => {
    if (end > plain) made.push({ kind: "text", from: plain, to: end });
  };
  for (let at = from; at < to; ) {
    const next = line.atoms[atom];
    const isAtom = next !== undefined && next.from === at && next.to <= to;
    const end = isAtom || line.work.budget <= 0 ? undefined : closeOf(line, at, from, to, parent);
    if (isAtom && line.work.budget-- > 0) {
      flush(at);
      made.push(next);
      atom++;
      at = plain = next.to;
    } else if (end !== undefined && end > at + 1) {
      flush(at);
      line.work.budget--;
      made.push(styled(line, at, end));
      at = plain = end + 1;
      while ((line.atoms[atom]?.from ?? Infinity) < at) atom++;
    } else at = end === undefined ? (isAtom ? next.to : at + 1) : at + 2;
  }
  flush(to);
  return made;
}

function styled(line: Line, at: number, end: number): Span {
  const sign = line.work.text[at] ?? "";
  const kind = MARKS[sign] ?? "code";
  const inner: Span[] = kind === "code" ? [{ kind: "text", from: at + 1, to: end }] : spans(line, at + 1, end, sign);
  return { kind, from: at, to: end + 1, inner };
}

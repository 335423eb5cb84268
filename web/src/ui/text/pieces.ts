// SPDX-License-Identifier: Apache-2.0
// The styled text as a flat row of pieces that together are the text again, marks and all: for the live preview of the composer. Pure.
import { type Block, parse, type ParseOptions, type Span } from "./parse.ts";

export interface Piece {
  text: string;
  from: number;
  /** A sign of styling: grey. */
  mark?: true;
  strong?: true;
  em?: true;
  strike?: true;
  code?: true;
  /** A line of a code block, its fences with it. */
  block?: true;
  quote?: true;
  link?: true;
  /** Which mention of those given. */
  mention?: number;
}

type Style = Omit<Piece, "text" | "from">;

/** The pieces of TEXT; joined they are TEXT. */
export function pieces(text: string, options: ParseOptions = {}): Piece[] {
  const made: Piece[] = [];
  let at = 0;
  const put = (to: number, style: Style): void => {
    if (to > at) made.push({ text: text.slice(at, to), from: at, ...style });
    at = Math.max(at, to);
  };
  const span = (one: Span, style: Style): void => {
    put(one.from, style);
    if (one.kind === "text") put(one.to, style);
    else if (one.kind === "link") put(one.to, { ...style, link: true });
    else if (one.kind === "mention") put(one.to, { ...style, mention: one.index });
    else {
      const inner = { ...style, [one.kind]: true as const };
      put(one.from + 1, { ...inner, mark: true });
      for (const child of one.inner) span(child, inner);
      put(one.to - 1, inner);
      put(one.to, { ...inner, mark: true });
    }
  };
  const block = (one: Block, style: Style): void => {
    if (one.kind === "line") {
      put(one.from, markIfQuote(style));
      for (const child of one.spans) span(child, style);
      put(one.to, style);
    } else if (one.kind === "quote") for (const child of one.blocks) block(child, { ...style, quote: true });
    else {
      put(one.head.from, markIfQuote(style));
      const inner: Style = { ...style, block: true };
      const headIsCode = one.lines[0] !== undefined && one.lines[0].from < one.head.to;
      put(headIsCode ? one.head.from + 3 : one.head.to, { ...inner, mark: true });
      for (const line of one.lines) {
        put(line.from, { ...inner, mark: true });
        put(line.to, inner);
      }
      if (one.end) put(one.end.to, { ...inner, mark: true });
    }
  };
  for (const one of parse(text, options)) block(one, {});
  put(text.length, {});
  return made;
}

// What lies between two lines of a quote are the signs of the quote.
const markIfQuote = (style: Style): Style => (style.quote ? { ...style, mark: true } : style);

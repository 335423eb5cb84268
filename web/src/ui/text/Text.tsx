// SPDX-License-Identifier: Apache-2.0
// The text of a message as nodes; never as HTML. Marks of styling are left out, unless it is the preview in the composer.
import type { ComponentChild, ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { cleanText } from "./clean.ts";
import { CodeBlock } from "./CodeBlock.tsx";
import { emojiOnly } from "./emoji.ts";
import { type Block, parse, type Range, type Span } from "./parse.ts";
import { type Piece, pieces } from "./pieces.ts";

/** What of a mention is needed here. */
export interface Mentioned {
  begin: number;
  end: number;
  me: boolean;
}

export interface TextProps {
  text: string;
  mentions?: readonly Mentioned[] | undefined;
  /** The sender wants no styling. */
  unstyled?: boolean | undefined;
  /** A mention was chosen: the card of that person opens at the element. */
  onMention?: ((index: number, at: HTMLElement) => void) | undefined;
  /** A link was chosen; preventDefault if it is opened in the page (xmpp:). */
  onLink?: ((href: string, event: MouseEvent) => void) | undefined;
  /** Words to mark, in results of a search. */
  found?: readonly string[] | undefined;
  /** What stands in front of the first line. */
  lead?: ComponentChildren;
  /** What stands in the last line, such as "edited". */
  children?: ComponentChildren;
}

interface Drawing extends TextProps {
  finder: RegExp | undefined;
}

const FOUND_MAX = 8;

function finderOf(found: readonly string[] | undefined): RegExp | undefined {
  const sound = (found ?? []).filter((word) => word !== "").slice(0, FOUND_MAX);
  if (sound.length === 0) return undefined;
  return new RegExp(`(${sound.map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|")})`, "giu");
}

function words(range: Range, by: Drawing): ComponentChild {
  const text = cleanText(by.text.slice(range.from, range.to));
  if (!by.finder) return text;
  return text.split(by.finder).map((part, at) => (at % 2 === 1 ? <mark key={at}>{part}</mark> : part));
}

const NAMES = { strong: "strong", em: "em", strike: "s", code: "code" } as const;

function Link({ span, by }: { span: Extract<Span, { kind: "link" }>; by: Drawing }) {
  const { href, label } = span;
  const onClick = by.onLink && ((event: MouseEvent) => by.onLink?.(href, event));
  return (
    <a href={href} dir="ltr" target={href.startsWith(`${location.origin}/c/`) ? undefined : "_blank"} rel="noopener noreferrer nofollow" onClick={onClick}>
      {label ?? words(span, by)}
    </a>
  );
}

function Mention({ span, by }: { span: Extract<Span, { kind: "mention" }>; by: Drawing }) {
  const { onMention, mentions } = by;
  const classes = mentions?.[span.index]?.me ? "mention me" : "mention";
  const name = <bdi>{words(span, by)}</bdi>;
  if (!onMention) return <span class={classes}>{name}</span>;
  return (
    <button type="button" class={classes} onClick={(event) => onMention(span.index, event.currentTarget)}>
      {name}
    </button>
  );
}

function draw(span: Span, by: Drawing): ComponentChild {
  if (span.kind === "text") return words(span, by);
  if (span.kind === "link") return <Link key={span.from} span={span} by={by} />;
  if (span.kind === "mention") return <Mention key={span.from} span={span} by={by} />;
  const Name = NAMES[span.kind];
  return <Name key={span.from}>{span.inner.map((one) => draw(one, by))}</Name>;
}

type Line = Extract<Block, { kind: "line" }>;

/** Lines that follow one another are a paragraph; an empty one ends it. */
function paragraphs(blocks: readonly Block[]): (Line[] | Exclude<Block, Line>)[] {
  const made: (Line[] | Exclude<Block, Line>)[] = [];
  let open: Line[] | undefined;
  for (const block of blocks) {
    if (block.kind !== "line") {
      made.push(block);
      open = undefined;
    } else if (block.from === block.to) open = undefined;
    else if (open) open.push(block);
    else made.push((open = [block]));
  }
  return made;
}

function drawBlocks(blocks: readonly Block[], by: Drawing, last?: ComponentChildren, lead?: ComponentChildren): ComponentChild {
  const parts = paragraphs(blocks);
  return parts.map((part, place) => {
    const tail = place === parts.length - 1 ? last : undefined;
    if (Array.isArray(part))
      return (
        <p key={part[0]?.from} dir="auto">
          {place === 0 && lead}
          {part.map((line, at) => [at > 0 && "\n", ...line.spans.map((span) => draw(span, by))])}
          {tail}
        </p>
      );
    const after = tail ? <p key="tail">{tail}</p> : null;
    const code = part.kind === "code" ? part.lines.map((line) => by.text.slice(line.from, line.to)).join("\n") : "";
    const drawn = part.kind === "code" ? <CodeBlock key={part.from} word={part.word} code={cleanText(code)} /> : <blockquote key={part.from}>{drawBlocks(part.blocks, by)}</blockquote>;
    return [place === 0 && lead ? <p key="lead">{lead}</p> : null, drawn, after];
  });
}

/** The text of a message, in paragraphs, quotes and code. One to three emoji alone are larger. */
export function Text(props: TextProps) {
  const { text, mentions, unstyled, found, lead, children } = props;
  const blocks = useMemo(() => parse(text, { mentions, unstyled }), [text, mentions, unstyled]);
  const by: Drawing = { ...props, finder: finderOf(found) };
  if (!lead && emojiOnly(text) > 0)
    return (
      <p class="jumbo" dir="auto">
        {text.trim()}
        {children}
      </p>
    );
  return <>{drawBlocks(blocks, by, children, lead)}</>;
}

function classOf(piece: Piece): string {
  const styles = [piece.mark && "mk", piece.quote && "qt", piece.block && "cb", piece.link && "lk", piece.mention !== undefined && "mention"];
  return styles.filter(Boolean).join(" ");
}

function wrap(piece: Piece): ComponentChild {
  let node: ComponentChild = piece.text;
  if (piece.mark) return node;
  if (piece.code) node = <code>{node}</code>;
  if (piece.strike) node = <s>{node}</s>;
  if (piece.em) node = <em>{node}</em>;
  if (piece.strong) node = <strong>{node}</strong>;
  return node;
}

/** What is being written, as it will be, with its marks: its text is TEXT to the letter, so that places in it can be counted. */
export function Preview({ text, mentions }: { text: string; mentions?: readonly Mentioned[] | undefined }) {
  const row = useMemo(() => pieces(text, { mentions }), [text, mentions]);
  return (
    <>
      {row.map((piece) => {
        const name = classOf(piece);
        const node = wrap(piece);
        return name === "" ? node : <span key={piece.from} class={name}>{node}</span>;
      })}
    </>
  );
}

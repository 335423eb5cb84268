// SPDX-License-Identifier: Apache-2.0
// The field: plain text that shows its styling as one types (XEP-0393), marks kept and grey. The text is the truth, the nodes are
// drawn from it after each change, but never while an input method composes; so undo is our own.
import { render } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { type Mentioned, pieces, Preview } from "../text/index.ts";
import { Undo } from "./undo.ts";

export interface EditorState {
  text: string;
  caret: number;
}

export interface EditorProps {
  id: string;
  label: string;
  text: string;
  /** Where the caret shall be after the text was set from outside; unset: where it is. */
  caret?: number | undefined;
  mentions: readonly Mentioned[];
  /** The list of completions that belongs to it, if one is open. */
  popup?: { list: string; active: string | undefined } | undefined;
  onChange: (now: EditorState, before: EditorState) => void;
  onKeyDown: (event: KeyboardEvent, now: EditorState) => void;
  onPaste?: (event: ClipboardEvent) => void;
  onCaret?: (now: EditorState) => void;
}

/** The text of nodes; browsers make line breaks of several kinds when more than a key comes at once. */
function plain(nodes: Iterable<Node>): string {
  let text = "";
  for (const node of nodes) {
    if (node.nodeType === Node.TEXT_NODE) text += node.textContent ?? "";
    else if (node.nodeName === "BR") text += "\n";
    else {
      const inner = plain(node.childNodes);
      text += /^(DIV|P)$/.test(node.nodeName) && text !== "" && !text.endsWith("\n") ? `\n${inner}` : inner;
    }
  }
  return text;
}

/** Units of text in front of a point in the field. */
function offsetOf(field: HTMLElement, node: Node, at: number): number {
  const range = document.createRange();
  range.selectNodeContents(field);
  range.setEnd(node, at);
  return plain(range.cloneContents().childNodes).length;
}

function caretOf(field: HTMLElement): number {
  const selection = getSelection();
  if (!selection?.focusNode || !field.contains(selection.focusNode)) return plain(field.childNodes).length;
  return offsetOf(field, selection.focusNode, selection.focusOffset);
}

function setCaret(field: HTMLElement, caret: number): void {
  const walker = document.createTreeWalker(field, NodeFilter.SHOW_TEXT);
  let left = caret;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const length = node.textContent?.length ?? 0;
    if (left <= length) {
      getSelection()?.collapse(node, left);
      return;
    }
    left -= length;
  }
  getSelection()?.selectAllChildren(field);
  getSelection()?.collapseToEnd();
}

/** The text that stands in the field; a last line break is there twice for the caret's sake. */
const textIn = (field: HTMLElement): string => plain(field.childNodes).replace(/\n$/, (end) => (field.dataset.padded === "yes" ? "" : end));

/** Nothing in it is styled: then what the browser has made of the field stays as it is, for spelling and suggestions of keyboards. */
function isPlain(text: string, mentions: EditorProps["mentions"]): boolean {
  const all = pieces(text, { mentions });
  return all.length === 0 || (all.length === 1 && Object.keys(all[0] ?? {}).length === 2);
}

function draw(field: HTMLElement, text: string, mentions: EditorProps["mentions"]): void {
  const padded = text.endsWith("\n");
  field.dataset.padded = padded ? "yes" : "no";
  render(text === "" ? null : <><Preview text={text} mentions={mentions} />{padded ? "\n" : null}</>, field);
}

/** A text field of several lines. */
export function Editor({ id, label, text, caret, mentions, popup, onChange, onKeyDown, onPaste, onCaret }: EditorProps) {
  const ref = useRef<HTMLDivElement>(null);
  const last = useRef<EditorState>({ text: "", caret: 0 });
  const undo = useRef(new Undo());
  const composing = useRef(false);

  useLayoutEffect(() => {
    const field = ref.current;
    if (!field || composing.current) return;
    const had = document.activeElement === field;
    const place = caret ?? Math.min(had ? caretOf(field) : text.length, text.length);
    if (textIn(field) === text && field.childElementCount === 0 && !text.endsWith("\n") && isPlain(text, mentions)) {
      last.current = { text, caret: place };
      return;
    }
    // What the browser has changed by itself is not what was drawn: begin anew.
    if (field.dataset.drawn !== text) {
      render(null, field);
      field.replaceChildren();
    }
    draw(field, text, mentions);
    field.dataset.drawn = text;
    if (text !== last.current.text && text === "") undo.current.clear();
    last.current = { text, caret: place };
    if (had) setCaret(field, place);
  }, [text, caret, mentions]);

  const take = (field: HTMLElement, noted: boolean): void => {
    const before = last.current;
    const now = { text: textIn(field), caret: caretOf(field) };
    if (noted) undo.current.note(before, now, Date.now());
    last.current = now;
    delete field.dataset.drawn;
    onChange(now, before);
  };
  /** Pasted words are words: no nodes of others, and line breaks as they are. */
  const paste = (event: ClipboardEvent, field: HTMLElement): void => {
    onPaste?.(event);
    const words = event.clipboardData?.getData("text/plain").replace(/\r\n?/g, "\n");
    const range = getSelection()?.rangeCount ? getSelection()?.getRangeAt(0) : undefined;
    if (event.defaultPrevented || !words) return;
    event.preventDefault();
    const before = last.current;
    const inside = range && field.contains(range.startContainer) && field.contains(range.endContainer);
    const from = inside ? offsetOf(field, range.startContainer, range.startOffset) : before.text.length;
    const to = inside ? offsetOf(field, range.endContainer, range.endOffset) : before.text.length;
    const now = { text: before.text.slice(0, from) + words + before.text.slice(to), caret: from + words.length };
    undo.current.note(before, now, Date.now());
    field.replaceChildren();
    delete field.dataset.drawn;
    last.current = now;
    onChange(now, before);
  };
  const step = (field: HTMLElement, way: "undo" | "redo"): void => {
    const to = undo.current[way](last.current);
    if (!to) return;
    const before = last.current;
    field.replaceChildren();
    delete field.dataset.drawn;
    last.current = to;
    onChange(to, before);
  };
  return (
    <div
      id={id} ref={ref} class="box-text" role="textbox" aria-multiline="true" aria-label={label} dir="auto" data-placeholder={label} spellcheck
      contentEditable="plaintext-only" aria-haspopup={popup ? "listbox" : undefined} aria-controls={popup?.list} aria-activedescendant={popup?.active} aria-autocomplete="list"
      onBeforeInput={(event) => {
        const kind = (event as InputEvent).inputType;
        if (kind !== "historyUndo" && kind !== "historyRedo") return;
        event.preventDefault();
        step(event.currentTarget, kind === "historyUndo" ? "undo" : "redo");
      }}
      onInput={(event) => !composing.current && take(event.currentTarget, true)}
      onCompositionStart={() => { composing.current = true; }}
      onCompositionEnd={(event) => { composing.current = false; take(event.currentTarget, true); }}
      onKeyUp={(event) => onCaret?.({ text: last.current.text, caret: caretOf(event.currentTarget) })}
      onClick={(event) => onCaret?.({ text: last.current.text, caret: caretOf(event.currentTarget) })}
      onPaste={(event) => paste(event, event.currentTarget)}
      onKeyDown={(event) => {
        if (event.isComposing || event.keyCode === 229) return;
        const mod = event.ctrlKey || event.metaKey;
        if (mod && !event.altKey && /^[zy]$/i.test(event.key)) {
          if (last.current.text === "") onKeyDown(event, { text: "", caret: 0 }); // what was sent may come back
          if (event.defaultPrevented) return;
          event.preventDefault();
          step(event.currentTarget, event.key.toLowerCase() === "y" || event.shiftKey ? "redo" : "undo");
          return;
        }
        onKeyDown(event, { text: last.current.text, caret: caretOf(event.currentTarget) });
      }}
    />
  );
}

// SPDX-License-Identifier: Apache-2.0
// Code in three tints and grey: keywords, strings, numbers, comments, for a dozen languages. Fetched when the first block of code is shown.
// A tokenizer, no grammar: it knows where strings and comments begin and end, and a list of words. Pure; linear.

export type Tint = "tk" | "ts" | "tn" | "tc";
export interface Token {
  text: string;
  tint?: Tint;
}

interface Language {
  words: string;
  line?: readonly string[];
  block?: readonly (readonly [open: string, close: string])[];
  /** Signs that open and close a string; those of `long` go over line ends. */
  quotes?: string;
  long?: readonly string[];
  /** Words do not go by case. */
  anyCase?: boolean;
}

const C_LINE = ["//"];
const C_BLOCK = [["/*", "*/"]] as const;
const C_WORDS = "break case char const continue default do double else enum extern float for goto if inline int long return short signed sizeof static struct switch typedef union unsigned void volatile while bool true false NULL";
const JS_WORDS = "as async await break case catch class const continue debugger default delete do else export extends false finally for from function get if import in instanceof let new null of return set static super switch this throw true try typeof undefined var void while with yield";

const LANGUAGES: Record<string, Language> = {
  c: { words: C_WORDS, line: C_LINE, block: C_BLOCK, quotes: "\"'" },
  cpp: { words: `${C_WORDS} auto catch class constexpr delete explicit friend mutable namespace new noexcept nullptr operator override private protected public template this throw try typename using virtual`, line: C_LINE, block: C_BLOCK, quotes: "\"'" },
  js: { words: JS_WORDS, line: C_LINE, block: C_BLOCK, quotes: "\"'", long: ["`"] },
  ts: { words: `${JS_WORDS} abstract any boolean declare enum implements interface keyof namespace never number object private protected public readonly satisfies string symbol type unknown`, line: C_LINE, block: C_BLOCK, quotes: "\"'", long: ["`"] },
  python: { words: "and as assert async await break class continue def del elif else except False finally for from global if import in is lambda match None nonlocal not or pass raise return self True try while with yield", line: ["#"], quotes: "\"'", long: ['"""', "'''"] },
  rust: { words: "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait true type unsafe use where while", line: C_LINE, block: C_BLOCK, quotes: '"' },
  go: { words: "break case chan const continue default defer else fallthrough false for func go goto if import interface map nil package range return select struct switch true type var", line: C_LINE, block: C_BLOCK, quotes: "\"'", long: ["`"] },
  java: { words: "abstract assert boolean break byte case catch char class const continue default do double else enum extends false final finally float for if implements import instanceof int interface long new null package private protected public record return short static super switch synchronized this throw throws true try var void volatile while", line: C_LINE, block: C_BLOCK, quotes: "\"'", long: ['"""'] },
  kotlin: { words: "as break by class companion continue data do else false for fun if import in interface internal is it lateinit null object open override package private protected public return sealed super suspend this throw true try typealias val var when while", line: C_LINE, block: C_BLOCK, quotes: "\"'", long: ['"""'] },
  shell: { words: "case do done echo elif else esac exit export fi for function if in local read return set shift source then trap unset until while", line: ["#"], quotes: "", long: ['"', "'"] },
  sql: { words: "add all alter and as asc begin between by case check column commit constraint create cross default delete desc distinct drop else end exists foreign from full group having if in index inner insert into is join key left like limit not null offset on or order outer primary references returning right rollback select set table then union unique update using values view when where with", line: ["--"], block: C_BLOCK, quotes: "\"'", anyCase: true },
  json: { words: "true false null", quotes: '"' },
  yaml: { words: "true false null yes no on off", line: ["#"], quotes: "\"'" },
  css: { words: "important media supports layer container keyframes import from to and not only", block: C_BLOCK, quotes: "\"'" },
  lua: { words: "and break do else elseif end false for function goto if in local nil not or repeat return then true until while", block: [["--[[", "]]"]], line: ["--"], quotes: "\"'", long: [] },
  xml: { words: "", block: [["<!--", "-->"]], quotes: "\"'" },
};
const ALIASES: Record<string, string> = {
  "c++": "cpp", cc: "cpp", h: "c", hpp: "cpp", javascript: "js", jsx: "js", mjs: "js", typescript: "ts", tsx: "ts", py: "python", rs: "rust", golang: "go",
  kt: "kotlin", sh: "shell", bash: "shell", zsh: "shell", console: "shell", yml: "yaml", html: "xml", svg: "xml", jsonc: "js", postgresql: "sql", toml: "yaml", ini: "yaml",
};

/** Longer code stays plain. */
export const CODE_MAX = 50_000;
const TOKENS_MAX = 10_000;

const words = new Map<string, ReadonlySet<string>>();

function languageOf(name: string): { language: Language; words: ReadonlySet<string> } | undefined {
  const low = name.toLowerCase();
  const key = Object.hasOwn(ALIASES, low) ? (ALIASES[low] ?? low) : low;
  const language = Object.hasOwn(LANGUAGES, key) ? LANGUAGES[key] : undefined;
  if (!language) return undefined;
  const known = words.get(key) ?? new Set(language.words.split(" "));
  words.set(key, known);
  return { language, words: known };
}

const until = (code: string, close: string, from: number): number => {
  const at = code.indexOf(close, from);
  return at < 0 ? code.length : at + close.length;
};

function stringEnd(code: string, quote: string, from: number): number {
  for (let at = from; at < code.length; at++) {
    if (code[at] === "\\") at++;
    else if (code[at] === quote) return at + 1;
    else if (code[at] === "\n") return at;
  }
  return code.length;
}

function longEnd(code: string, quote: string, from: number): number {
  for (let at = from; at < code.length; at++) {
    if (code[at] === "\\" && quote !== "'") at++;
    else if (code.startsWith(quote, at)) return at + quote.length;
  }
  return code.length;
}

const NUMBER = /(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)[a-zA-Z]{0,3}/y;
const WORD = /[\p{L}_$][\p{L}\p{N}_$]*/uy;
const PLAIN = /[^\p{L}\p{N}_$"'`/#\-<\n]+/uy;

const matchAt = (pattern: RegExp, code: string, at: number): string | undefined => {
  pattern.lastIndex = at;
  return pattern.exec(code)?.[0];
};

function next(code: string, at: number, { language, words: known }: { language: Language; words: ReadonlySet<string> }): Token {
  const to = (end: number, tint?: Tint): Token => ({ text: code.slice(at, end), ...(tint && { tint }) });
  const block = language.block?.find(([open]) => code.startsWith(open, at));
  if (block) return to(until(code, block[1], at + block[0].length), "tc");
  if (language.line?.some((open) => code.startsWith(open, at) && (open !== "#" || at === 0 || /\s/.test(code[at - 1] ?? "")))) {
    const end = code.indexOf("\n", at);
    return to(end < 0 ? code.length : end, "tc");
  }
  const long = language.long?.find((quote) => code.startsWith(quote, at));
  if (long) return to(longEnd(code, long, at + long.length), "ts");
  const sign = code[at] ?? "";
  if (language.quotes?.includes(sign)) return to(stringEnd(code, sign, at + 1), "ts");
  const word = matchAt(WORD, code, at);
  if (word) return to(at + word.length, known.has(language.anyCase ? word.toLowerCase() : word) ? "tk" : undefined);
  const number = matchAt(NUMBER, code, at);
  if (number) return to(at + number.length, "tn");
  return to(at + (matchAt(PLAIN, code, at)?.length ?? 1));
}

/** CODE in pieces that together are CODE; one piece for a language that is not known, or for code that is too long. */
export function highlight(name: string, code: string): Token[] {
  const known = languageOf(name);
  if (!known || code.length > CODE_MAX) return [{ text: code }];
  const tokens: Token[] = [];
  for (let at = 0; at < code.length; ) {
    if (tokens.length >= TOKENS_MAX) {
      tokens.push({ text: code.slice(at) });
      break;
    }
    const token = next(code, at, known);
    const last = tokens.at(-1);
    if (last && last.tint === token.tint) last.text += token.text;
    else tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

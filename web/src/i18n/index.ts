// SPDX-License-Identifier: Apache-2.0
// The words of the client: t("key", { name }) in the language that was chosen with speak(). What the first screen says in English is always
// there; the rest of it, and other languages, are fetched.
import type { Args, Catalogue, Entry, Key, Wanted } from "./catalogue.ts";
import { frame } from "./en-frame.ts";
import { main } from "./en-main.ts";

export type { Catalogue, Key, Wanted } from "./catalogue.ts";
export * from "./format.ts";
import { locale, numberText, setLocale } from "./locale.ts";

/** The languages that can be chosen; "ar-x-mirror" is English from right to left, for tests. */
export const LANGUAGES = { en: "English", zh: "中文" } as const;
export type Language = keyof typeof LANGUAGES;
export type Spoken = Language | "ar-x-mirror";

/** A key whose sentence is not there yet is an empty one until it is. */
type Part = Partial<Catalogue>;
let english: Part = { ...frame, ...main };

const catalogues: Record<Spoken, () => Promise<Part>> = {
  en: () => Promise.resolve(english),
  zh: async () => (await import("./zh.ts")).zh,
  "ar-x-mirror": () => Promise.resolve(english),
};

let catalogue: Part = english;
let spoken: Spoken = "en";
let rules = new Intl.PluralRules("en");
let onRead = (): void => undefined;
let onChange = (): void => undefined;
let rest: Promise<void> | undefined;

/** Calls READ whenever a sentence is read, CHANGED when more of them are there: the page hangs a signal there, so that views follow a change of language. */
export function watchReads(read: () => void, changed: () => void): void {
  onRead = read;
  onChange = changed;
}

/** Fetches what the first screen does not say. Views that are fetched themselves wait for it. */
export function restOfWords(): Promise<void> {
  rest ??= import("./en.ts").then(({ en }) => {
    if (catalogue === english) catalogue = en;
    english = en;
    onChange();
  });
  rest.catch(() => (rest = undefined));
  return rest;
}

/** The language now spoken. */
export const language = (): Spoken => spoken;

/** Where lines begin in the language now spoken. */
export const direction = (): "ltr" | "rtl" => (spoken === "ar-x-mirror" ? "rtl" : "ltr");

/** The best of ours for a list of wishes such as navigator.languages. */
export function bestLanguage(wishes: readonly string[]): Language {
  for (const wish of wishes) {
    const base = wish.toLowerCase().split("-")[0] ?? "";
    if (base in LANGUAGES) return base as Language;
  }
  return "en";
}

/** Speaks another language from now on. Wishes: navigator.languages, whose region decides how dates and times are written. */
export async function speak(next: Spoken, wishes: readonly string[] = []): Promise<void> {
  const found = await catalogues[next]();
  catalogue = found;
  spoken = next;
  const base = next === "ar-x-mirror" ? "en" : next;
  setLocale(wishes.find((wish) => wish.toLowerCase().split("-")[0] === base) ?? base);
  rules = new Intl.PluralRules(base);
}

/** Whether a key is there at all: for keys that are put together from a code of the worker. */
export const hasKey = (key: string): key is Key => Object.hasOwn(catalogue, key);

function form(entry: Entry | undefined, args: Partial<Record<string, string | number>>): string {
  if (entry === undefined || typeof entry === "string") return entry ?? "";
  const n = Number(args["n"] ?? 0);
  return entry[rules.select(n)] ?? entry.other;
}

// A name may hold direction marks or letters of the other direction: it must not turn the sentence around it.
const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const STRONG_RTL = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

function isolated(text: string): string {
  const clean = text.replace(CONTROLS, "");
  return direction() === "rtl" || STRONG_RTL.test(clean) ? `\u2068${clean}\u2069` : clean;
}

/** The sentence of a key. What is filled in is cleaned of control characters and cannot change the direction of the rest. */
export function t<K extends Key>(key: K, ...given: Args<K>): string {
  onRead();
  const args = (given[0] ?? {}) as Partial<Record<string, string | number>>;
  return form(catalogue[key], args).replace(/\{(\w+)\}/g, (whole, word: string) => {
    const value = args[word];
    if (value === undefined) return whole;
    return typeof value === "number" ? numberText(value) : isolated(value);
  });
}

/** The same sentence in pieces, for views that fill in elements: text, and the names of what belongs between. */
export function pieces<K extends Key>(key: K, n = 0): (string | { word: Wanted<K> })[] {
  onRead();
  return form(catalogue[key], { n })
    .split(/(\{\w+\})/)
    .filter((piece) => piece !== "")
    .map((piece) => (/^\{\w+\}$/.test(piece) ? { word: piece.slice(1, -1) as Wanted<K> } : piece));
}

/** The locale by which numbers and dates are written, such as "en-GB". */
export const localeName = (): string => {
  onRead();
  return locale();
};

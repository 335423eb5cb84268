// SPDX-License-Identifier: Apache-2.0
// What a catalogue is, told by the English one: its keys, and the words that each sentence wants filled in.
import type { en } from "./en.ts";

/** A sentence that goes by a number: {n} chooses the form (Intl.PluralRules). */
export type Plural = { readonly other: string } & { readonly [form in Exclude<Intl.LDMLPluralRule, "other">]?: string };
export type Entry = string | Plural;
export type Key = keyof typeof en;
/** A whole catalogue: a key that is missing, or one too many, fails `npm run types`. */
export type Catalogue = { readonly [key in Key]: (typeof en)[key] extends string ? string : Plural };

type Words<S> = S extends `${string}{${infer Word}}${infer Rest}` ? Word | Words<Rest> : never;
type Forms<E> = E extends string ? Words<E> : { [F in keyof E]: Words<E[F]> }[keyof E] | "n";
/** What sentence K wants filled in. */
export type Wanted<K extends Key> = Forms<(typeof en)[K]>;
/** Numbers are written as the language does; a plural's n must be one. */
export type Args<K extends Key> = [Wanted<K>] extends [never]
  ? []
  : [args: { [W in Wanted<K>]: W extends "n" ? ((typeof en)[K] extends string ? string | number : number) : string | number }];

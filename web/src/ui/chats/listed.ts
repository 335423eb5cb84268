// SPDX-License-Identifier: Apache-2.0
// The list as it stands now: keys and menus walk along it.
import { computed, effect, signal } from "@preact/signals";
import type { Conversation } from "../../shared/types.ts";
import { recall, remember } from "../kit/memory.ts";
import { conversations, current, row } from "../state.ts";
import { keepPlaces, type Layout, layOut, type Opened, SECTIONS, type SectionName, sectionOf } from "./layout.ts";

const HELD = 8000; // ms without a move: a pointer that was left there holds nothing

const isHeld = signal(false);
let holding: ReturnType<typeof setTimeout> | undefined;

/** Nothing is pointed at any more: everything goes to its place. */
export function letGo(): void {
  clearTimeout(holding);
  isHeld.value = false;
}

/** Somebody points at the list: nothing changes its place. */
export function hold(): void {
  clearTimeout(holding);
  holding = setTimeout(letGo, HELD);
  isHeld.value = true;
}

/** Show only what is unread. */
export const onlyUnread = signal(false);
/** Sections that are folded. */
export const folded = signal<readonly SectionName[]>(SECTIONS.filter((name) => (recall("folded") ?? "").split(" ").includes(name)));

const opened = signal<Opened | undefined>(undefined);

// Remembers where a conversation stood when it was opened.
effect(() => {
  const jid = current.value;
  if (jid === opened.peek()?.jid) return;
  const found = jid ? row(jid) : undefined;
  opened.value = found ? { jid: found.jid, section: sectionOf(found) } : undefined;
});

let before: Layout | undefined;

/** Every section with its rows. */
export const listed = computed<Layout>(() => {
  const next = layOut(conversations.value, opened.value);
  before = isHeld.value && before ? keepPlaces(next, before) : next;
  return before;
});

/** Folds a section, or opens it; remembered. */
export function fold(name: SectionName, isFolded: boolean): void {
  folded.value = isFolded ? [...folded.value, name] : folded.value.filter((one) => one !== name);
  remember("folded", folded.value.length > 0 ? folded.value.join(" ") : undefined);
}

/** From top to bottom, what can be seen. */
export const walk = (): Conversation[] => SECTIONS.filter((name) => !folded.value.includes(name)).flatMap((name) => listed.value[name]);

// SPDX-License-Identifier: Apache-2.0
// Which message is under the pointer or the focus: it has the tools, of which there is one set in the page.
import { computed, signal } from "@preact/signals";

/** Under the pointer. */
export const hovered = signal<string | undefined>(undefined);
/** Where the focus is, or would come by Tab. */
export const focused = signal<string | undefined>(undefined);
/** Whether the focus is in the log now. */
export const isInside = signal(false);
/** While a menu or a picker of a message is open its tools stay. */
const held = signal<string | undefined>(undefined);

/** Has the tools. */
export const toolsAt = computed(() => held.value ?? hovered.value ?? (isInside.value ? focused.value : undefined));

/** Keeps the tools where they are until the returned function is called. */
export function hold(key: string): () => void {
  held.value = key;
  return () => {
    if (held.peek() === key) held.value = undefined;
  };
}

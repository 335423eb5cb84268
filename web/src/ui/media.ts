// SPDX-License-Identifier: Apache-2.0
// How wide the window is, in the steps of the frame.
import { type Signal, signal } from "@preact/signals";

function media(query: string): Signal<boolean> {
  const list = window.matchMedia(query);
  const value = signal(list.matches);
  list.addEventListener("change", () => (value.value = list.matches));
  return value;
}

/** One column: the list or what is open. */
export const isPhone = media("(max-width: 639px)");
/** The pane lies over the sheet instead of beside it. */
export const isNarrow = media("(max-width: 1199px)");

// SPDX-License-Identifier: Apache-2.0
// What a screen reader is told without moving: one polite region; more than three in five seconds become one sentence with their number.
import { signal } from "@preact/signals";
import { t } from "../../i18n/index.ts";
import { merger } from "./merge.ts";

const said = signal("");
const merge = merger((text) => {
  // The same words again must be a change, or they are not read.
  said.value = text === said.value ? `${text}\u00a0` : text;
}, (n) => t("kit.more-messages", { n }));

/** Has TEXT read out when the reader has finished what it says now. */
export const announce = (text: string): void => merge(text);

/** The region; once in the page. */
export function Announcer() {
  return (
    <div class="sr-only" role="status" aria-live="polite">
      {said}
    </div>
  );
}

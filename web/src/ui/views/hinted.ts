// SPDX-License-Identifier: Apache-2.0
// Whether the first hints are still to be shown: after an invitation, until somebody has pressed Start.
import { signal } from "@preact/signals";
import { recall, remember } from "../kit/memory.ts";

const isNew = signal(recall("hints") === "new");

export const wantsHints = (): boolean => isNew.value;

/** Shows them from now on, or never again. */
export function setHints(on: boolean): void {
  remember("hints", on ? "new" : undefined);
  isNew.value = on;
}

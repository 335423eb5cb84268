// SPDX-License-Identifier: Apache-2.0
// Whether this page is of a build that is not the newest.
import { signal } from "@preact/signals";
import { hear } from "./core.ts";

/** "there": the server has a newer build. "taken": another tab has it already and runs the accounts; this one can do nothing more. */
export const renewal = signal<"" | "there" | "taken">("");

hear((name) => {
  if (name === "taken") renewal.value = "taken";
});

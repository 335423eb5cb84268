// SPDX-License-Identifier: Apache-2.0
// Whether this page is of a build that is not the newest.
import { signal } from "@preact/signals";
import type { Me } from "../shared/types.ts";
import { hear } from "./core.ts";

/** "other": the server does not know what this page needs. "there": the server has a newer build. "taken": another tab has it already and runs the accounts; this one can do nothing more. */
export const renewal = signal<"" | "other" | "there" | "taken">("");

hear((name, value) => {
  if (name === "taken") renewal.value = "taken";
  if (name === "me" && !renewal.value && (value as Me).fault === "unsupported") renewal.value = "other";
});

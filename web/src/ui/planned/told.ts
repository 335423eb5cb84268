// SPDX-License-Identifier: Apache-2.0
// What the server says later, as the worker tells it.
import { signal } from "@preact/signals";
import type { Planned } from "../../shared/planned.ts";
import { hear } from "../core.ts";

/** The soonest first. */
export const planned = signal<Planned[]>([]);

hear((name, value) => {
  if (name === "planned") planned.value = value as Planned[];
});

// SPDX-License-Identifier: Apache-2.0
// Requests, strangers who wait, and blocked addresses, as the worker tells them.
import { signal } from "@preact/signals";
import type { Request } from "../../shared/people.ts";
import type { Jid } from "../../shared/types.ts";
import { hear } from "../core.ts";

export const requests = signal<Request[]>([]);
/** How many wait in the quiet box. */
export const strangersWaiting = signal(0);
export const blocked = signal<Jid[]>([]);

hear((name, value) => {
  if (name === "requests") requests.value = value as Request[];
  if (name === "waiting") strangersWaiting.value = value as number;
  if (name === "blocked") blocked.value = value as Jid[];
});

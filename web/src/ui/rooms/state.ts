// SPDX-License-Identifier: Apache-2.0
// Invitations and requests, as the worker tells them.
import { signal } from "@preact/signals";
import type { Ask } from "../../shared/rooms.ts";
import { hear } from "../core.ts";

export const asks = signal<Ask[]>([]);

hear((name, value) => {
  if (name === "asks") asks.value = value as Ask[];
});

// SPDX-License-Identifier: Apache-2.0
// Threads and kept messages as the worker tells them.
import { computed, signal } from "@preact/signals";
import type { Kept, Thread } from "../../shared/threads.ts";
import { hear } from "../core.ts";

export const followed = signal<Thread[]>([]);
export const kept = signal<Kept[]>([]);

hear((name, value) => {
  if (name === "followed") followed.value = value as Thread[];
  if (name === "kept") kept.value = value as Kept[];
});

/** New answers in all threads that are followed. */
export const threadsUnread = computed(() => followed.value.reduce((sum, one) => sum + one.unread, 0));

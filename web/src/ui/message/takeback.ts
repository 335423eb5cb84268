// SPDX-License-Identifier: Apache-2.0
// Taking back waits for as long as "Undo" is offered; a page that goes does it at once.
import { signal } from "@preact/signals";
import type { Message } from "../../shared/types.ts";
import { core } from "../core.ts";

const going = signal<ReadonlyMap<string, () => void>>(new Map());

/** It is about to be taken back: shown as if it were. */
export const isTakenBack = (key: string): boolean => going.value.has(key);

/** What ends the waiting, one way or the other. */
export function takeBack({ conversation, key }: Message): { undo: () => void; finish: () => void } {
  const undo = (): void => {
    going.value = new Map([...going.peek()].filter(([one]) => one !== key));
  };
  const finish = (): void => {
    if (going.peek().has(key)) void core.retract(conversation, key).finally(undo);
  };
  going.value = new Map([...going.peek(), [key, finish]]);
  return { undo, finish };
}

addEventListener("pagehide", () => {
  for (const finish of going.peek().values()) finish();
});

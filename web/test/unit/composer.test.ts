// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { best, triggerAt } from "../../src/ui/composer/complete.ts";
import { editBetween, shift } from "../../src/ui/composer/ranges.ts";
import { Undo } from "../../src/ui/composer/undo.ts";

test("an edit is found where the caret says that it was", () => {
  expect(editBetween("aaa", "aaaa", 1)).toEqual({ from: 0, to: 0, put: 1 });
  expect(editBetween("aaa", "aaaa", 4)).toEqual({ from: 3, to: 3, put: 1 });
  expect(editBetween("hello", "help", 4)).toEqual({ from: 3, to: 5, put: 1 });
  expect(editBetween("same", "same")).toEqual({ from: 4, to: 4, put: 0 });
});

test("edits make one text of the other, whatever they are", () => {
  let seed = 7;
  const chance = (n: number): number => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  for (let i = 0; i < 2000; i++) {
    const make = (): string => Array.from({ length: chance(8) }, () => "ab "[chance(3)]).join("");
    const [before, after] = [make(), make()];
    const edit = editBetween(before, after, chance(after.length + 1));
    expect(before.slice(0, edit.from) + after.slice(edit.from, edit.from + edit.put) + before.slice(edit.to)).toBe(after);
  }
});

test("mentions move with the text and go when they are touched", () => {
  const ranges = [{ begin: 4, end: 8 }];
  expect(shift(ranges, { from: 0, to: 0, put: 3 })).toEqual([{ begin: 7, end: 11 }]);
  expect(shift(ranges, { from: 8, to: 8, put: 1 })).toEqual(ranges);
  expect(shift(ranges, { from: 6, to: 7, put: 0 })).toEqual([]);
});

test("what can be completed", () => {
  expect(triggerAt("hi @mi", 6)).toEqual({ kind: "person", from: 3, to: 6, word: "mi" });
  expect(triggerAt("@", 1)).toEqual({ kind: "person", from: 0, to: 1, word: "" });
  expect(triggerAt("a@b", 3)).toBeUndefined();
  expect(triggerAt("12:30", 5)).toBeUndefined();
  expect(triggerAt("ok :smi", 7)).toEqual({ kind: "emoji", from: 3, to: 7, word: "smi" });
  expect(triggerAt(":s", 2)).toBeUndefined();
  expect(triggerAt("/to", 3)).toEqual({ kind: "command", from: 0, to: 3, word: "to" });
  expect(triggerAt("/topic a", 8)).toBeUndefined();
});

test("the beginning of a name goes before the inside", () => {
  expect(best(["Romina", "Mira", "Ada Mirren", "Bo"], "mi", (one) => [one])).toEqual(["Mira", "Ada Mirren", "Romina"]);
  expect(best(["José"], "jose", (one) => [one])).toEqual(["José"]);
});

test("typing is undone by words and pauses", () => {
  const undo = new Undo();
  let now = { text: "", caret: 0 };
  const type = (text: string, time: number): void => {
    const next = { text, caret: text.length };
    undo.note(now, next, time);
    now = next;
  };
  type("a", 0);
  type("ab", 100);
  type("ab ", 200);
  type("ab c", 300);
  expect(undo.undo(now)?.text).toBe("ab");
  expect(undo.undo({ text: "ab", caret: 2 })?.text).toBe("");
  expect(undo.redo({ text: "", caret: 0 })?.text).toBe("ab");
});

// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { marked, tokens, typing } from "../../src/ui/search/words.ts";

test("operators, words and phrases", () => {
  expect(tokens('from:mira "late ferry" has:file http://x 会議')).toEqual([
    { kind: "operator", name: "from", value: "mira", text: "from:mira" }, { kind: "word", text: '"late ferry"' }, { kind: "operator", name: "has", value: "file", text: "has:file" },
    { kind: "word", text: "http://x" }, { kind: "word", text: "会議" },
  ]);
  expect(marked('from:mira "late ferry" pier')).toEqual(["late ferry", "pier"]);
});

test("what is typed at the end", () => {
  expect(typing("pier fr")).toEqual({ begins: "fr", from: 5 });
  expect(typing("pier from:mi")).toEqual({ name: "from", value: "mi", from: 5 });
  expect(typing("nothing:x")).toBeUndefined();
  expect(typing("pier ")).toBeUndefined();
});

// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { Sizes, placeOf, spanOf, withGaps } from "../../src/ui/message/span.ts";

const ten = (): number => 10;

describe("what of a long list is rendered", () => {
  test("what is not known counts as an average of what is", () => {
    const sizes = new Sizes();
    expect(sizes.get("a")).toBe(40);
    sizes.set("a", 10);
    sizes.set("b", 21);
    sizes.set("b", 20);
    expect([sizes.get("a"), sizes.get("b"), sizes.get("c")]).toEqual([10, 20, 15]);
  });

  test("sizes of what is gone are forgotten, not those of what is there", () => {
    const sizes = new Sizes();
    for (let i = 0; i < 600; i++) sizes.set(`old ${i}`, 100);
    sizes.set("here", 10);
    sizes.keep((key) => key === "here", 1);
    expect([sizes.get("here"), sizes.get("old 1")]).toEqual([10, 10]);
  });

  test("around an item that stands somewhere, up to both edges", () => {
    expect(spanOf(ten, 100, 50, 0, -25, 60)).toEqual([47, 55]);
    expect(spanOf(ten, 100, 2, 0, -500, 60)).toEqual([0, 7]);
    expect(spanOf(ten, 100, 98, 40, -5, 500)).toEqual([93, 99]);
    expect(spanOf(ten, 1, 0, 0, -5, 500)).toEqual([0, 0]);
  });

  test("which covers a place", () => {
    expect(placeOf(ten, 100, 0)).toEqual({ index: 0, top: 0 });
    expect(placeOf(ten, 100, 29)).toEqual({ index: 2, top: 20 });
    expect(placeOf(ten, 3, 1000)).toEqual({ index: 2, top: 20 });
    expect(placeOf(ten, 3, -5)).toEqual({ index: 0, top: 0 });
  });

  test("gaps stand for the rest, so that the whole has its size", () => {
    expect(withGaps(ten, 10, [3, 5], [])).toEqual([{ index: 3, gap: 30 }, { index: 4, gap: 0 }, { index: 5, gap: 0 }, { index: 10, gap: 40 }]);
    expect(withGaps(ten, 10, [3, 4], [8, 3, -1, 12])).toEqual([{ index: 3, gap: 30 }, { index: 4, gap: 0 }, { index: 8, gap: 30 }, { index: 10, gap: 10 }]);
    expect(withGaps(ten, 10, [3, 4], [0])).toEqual([{ index: 0, gap: 0 }, { index: 3, gap: 20 }, { index: 4, gap: 0 }, { index: 10, gap: 50 }]);
    expect(withGaps(ten, 0, [0, -1], [])).toEqual([{ index: 0, gap: 0 }]);
  });
});

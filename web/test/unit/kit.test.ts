// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hueOf, initialOf } from "../../src/ui/kit/hue.ts";
import { isChord, keyCaps, keyName } from "../../src/ui/kit/keys.ts";
import { merger } from "../../src/ui/kit/merge.ts";
import { placeBox } from "../../src/ui/kit/place.ts";
import { typeAhead } from "../../src/ui/kit/typeahead.ts";

const KIT = join(import.meta.dirname, "../../src/ui/kit");
const stroke = (key: string, more = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });

const anchor = (left: number, top: number) => ({ left, top, width: 40, height: 30 });

describe("icons", () => {
  it("are named as the sprite has them", () => {
    const drawn = [...readFileSync(join(KIT, "icons.svg"), "utf8").matchAll(/symbol id="([^"]+)"/g)].map((found) => found[1]);
    const named = [...readFileSync(join(KIT, "icons.ts"), "utf8").matchAll(/\| "([^"]+)"|"([^"]+)" \|/g)].map((found) => found[1] ?? found[2]);
    expect([...new Set(named)].toSorted()).toEqual(drawn.toSorted());
  });
});

describe("faces without a picture", () => {
  it("have a tint from 1 to 10 that spreads and never changes", () => {
    expect(hueOf("ines@tideline.example")).toBe(hueOf("Ines@tideline.example"));
    const seen = new Set(Array.from({ length: 200 }, (_, n) => hueOf(`user${n}@a.example`)));
    expect([...seen].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("have the first letter of whatever the name is made of", () => {
    expect(initialOf("ines")).toBe("I");
    expect(initialOf("  «Äda»")).toBe("Ä");
    expect(initialOf("王小明")).toBe("王");
    expect(initialOf("👩\u200d👩\u200d👧 family")).toBe("👩\u200d👩\u200d👧");
    expect(initialOf("\u202egnp.exe")).toBe("G");
    expect(initialOf("....")).toBe("");
    expect(initialOf(`a${"\u0301".repeat(5000)}`)).toBe("a");
  });
});

describe("keys", () => {
  it("are named as the machine labels them", () => {
    expect(keyName("Mod+Shift+M", false)).toBe("Ctrl Shift M");
    expect(keyName("Mod+K", true)).toBe("⌘K");
    expect(keyCaps("Alt+ArrowUp", false)).toEqual(["Alt", "↑"]);
  });

  it("are a chord only with exactly its modifiers", () => {
    expect(isChord(stroke("k", { ctrlKey: true }), "Mod+K", false)).toBe(true);
    expect(isChord(stroke("k", { metaKey: true }), "Mod+K", false)).toBe(false);
    expect(isChord(stroke("k", { metaKey: true }), "Mod+K", true)).toBe(true);
    expect(isChord(stroke("K", { ctrlKey: true, shiftKey: true }), "Mod+K", false)).toBe(false);
    expect(isChord(stroke("Escape"), "Shift+Escape", false)).toBe(false);
    expect(isChord(stroke("?", { shiftKey: true }), "?", false)).toBe(true);
  });

  it("go by the place on the board where there are no Latin letters", () => {
    expect(isChord(stroke("л", { ctrlKey: true, code: "KeyK" }), "Mod+K", false)).toBe(true);
    expect(isChord(stroke("t", { ctrlKey: true, code: "KeyK" }), "Mod+K", false)).toBe(false);
  });

  it("are never a chord while an input method is composing", () => {
    expect(isChord(stroke("Enter", { isComposing: true }), "Enter", false)).toBe(false);
    expect(isChord(stroke("Enter", { keyCode: 229 }), "Enter", false)).toBe(false);
    expect(isChord(stroke("Process"), "Process", false)).toBe(false);
  });
});

describe("what floats", () => {
  const view = { width: 1000, height: 700 };
  const size = { width: 200, height: 300 };

  it("lies under its anchor, over it when there is no room", () => {
    expect(placeBox(anchor(100, 100), size, view, false)).toEqual({ left: 100, top: 134 });
    expect(placeBox(anchor(100, 600), size, view, false)).toEqual({ left: 100, top: 296 });
  });

  it("ends with its anchor when that is wished, and the other way round from right to left", () => {
    expect(placeBox(anchor(500, 100), size, view, false, { align: "end" }).left).toBe(340);
    expect(placeBox(anchor(500, 100), size, view, true, { align: "end" }).left).toBe(500);
    expect(placeBox(anchor(500, 100), size, view, true).left).toBe(340);
  });

  it("stays in the window, whatever the anchor and the size", () => {
    for (const [x, y] of [[-500, -500], [5000, 5000], [990, 690], [0, 0]] as const) {
      const { left, top } = placeBox(anchor(x, y), size, view, false);
      expect(left).toBeGreaterThanOrEqual(8);
      expect(top).toBeGreaterThanOrEqual(8);
      expect(left + size.width).toBeLessThanOrEqual(view.width - 8);
      expect(top + size.height).toBeLessThanOrEqual(view.height - 8);
    }
    expect(placeBox(anchor(10, 10), { width: 3000, height: 3000 }, view, false)).toEqual({ left: 8, top: 8 });
  });

  it("lies beside its anchor, on the side that the text ends", () => {
    expect(placeBox(anchor(100, 100), size, view, false, { side: "inline" }).left).toBe(144);
    expect(placeBox(anchor(500, 100), size, view, true, { side: "inline" }).left).toBe(296);
    expect(placeBox(anchor(900, 100), size, view, false, { side: "inline" }).left).toBe(696);
    expect(placeBox(anchor(20, 100), size, view, true, { side: "inline" }).left).toBe(64);
  });
});

describe("typing ahead", () => {
  const labels = ["Copy link", "Delete", "Download", "Edit", "Copy text"];

  it("goes to the entry that begins so, further letters narrow it", () => {
    let time = 0;
    const find = typeAhead(() => time);
    expect(find("d", labels, 0)).toBe(1);
    time += 100;
    expect(find("o", labels, 1)).toBe(2);
    time += 2000;
    expect(find("e", labels, 2)).toBe(3);
  });

  it("goes round with the same letter", () => {
    let time = 0;
    const find = typeAhead(() => (time += 100));
    expect(find("c", labels, -1)).toBe(0);
    expect(find("c", labels, 0)).toBe(4);
    expect(find("c", labels, 4)).toBe(0);
  });

  it("finds nothing where nothing is", () => {
    expect(typeAhead(() => 0)("x", labels, 0)).toBe(-1);
    expect(typeAhead(() => 0)("x", [], -1)).toBe(-1);
  });
});

describe("what is read out", () => {
  it("is counted when more than three come in five seconds", () => {
    let time = 0;
    const said: string[] = [];
    const due: [number, () => void][] = [];
    const clock = { now: () => time, later: (run: () => void, wait: number) => void due.push([time + wait, run]) };
    const say = merger((text) => said.push(text), (n) => `${n} more`, clock);
    for (const text of ["a", "b", "c", "d", "e"]) say(text);
    expect(said).toEqual(["a", "b", "c"]);
    time = 5000;
    due.shift()?.[1]();
    expect(said).toEqual(["a", "b", "c", "2 more"]);
    say("f");
    expect(said.at(-1)).toBe("f");
    time = 20_000;
    for (const text of ["g", "h", "i"]) say(text);
    expect(said.slice(-3)).toEqual(["g", "h", "i"]);
    expect(due).toEqual([]);
  });
});

// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const STYLES = join(import.meta.dirname, "../../src/ui/styles");
const read = (name: string): string => readFileSync(join(STYLES, name), "utf8");
const index = read("index.css");
const order = /@layer [^;{]+;/.exec(index)?.[0] ?? "";
const files = readdirSync(STYLES).filter((name) => name !== "index.css");
const late = files.filter((name) => name.startsWith("views-"));

describe("the styles", () => {
  it("are all at start, but for those of single views", () => {
    const early = [...index.matchAll(/@import "\.\/([^"]+)"/g)].map((found) => found[1]);
    expect(early.toSorted()).toEqual(files.filter((name) => !late.includes(name)).toSorted());
  });

  it("have the same order of layers, whichever file comes first", () => {
    expect(order).toContain("tokens, reset, kit");
    for (const name of late) expect(`${name}: ${read(name).includes(order)}`).toBe(`${name}: true`);
  });

  it("put everything into a layer of that order", () => {
    for (const name of files) {
      const outside = read(name).replace(/\/\*[\s\S]*?\*\//g, "").replace(/^@layer [\w-]+ \{[\s\S]*?^\}/gm, "").replace(order, "");
      expect(`${name}: ${outside.trim()}`).toBe(`${name}: `);
    }
  });

  it("know no left and no right, so that they mirror, and no address of another host", () => {
    for (const name of files) {
      const plain = read(name).replace(/\/\*[\s\S]*?\*\//g, "");
      const faults = plain.match(/(?:^|[\s;{])(?:left|right|(?:margin|padding|border)-(?:left|right)|float)\s*:|text-align: (?:left|right)|url\(/gm);
      expect(`${name}: ${faults?.join(" ") ?? ""}`).toBe(`${name}: `);
    }
  });
});

// SPDX-License-Identifier: Apache-2.0
// The floors of the web client: core knows no DOM, ui knows no socket; both know shared. Also: no file over 600 lines.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";

const SRC = join(import.meta.dirname, "../src");
const MAY: Record<string, string[]> = { shared: ["shared"], core: ["core", "shared"], i18n: ["i18n"], ui: ["ui", "i18n", "shared"], sw: ["sw", "shared"] };
/** Packages, and the floors that may use them. */
const PACKAGES: Record<string, string[]> = { "@xmpp/xml": ["core"], ltx: ["core"], idb: ["core"], preact: ["ui"], "@preact/signals": ["ui"], "pdfjs-dist": ["ui"], "qrcode-generator": ["ui"], virtua: ["ui"] };
const LINES = 600;

let faults = 0;
const complain = (text: string): void => {
  faults++;
  console.log(text);
};

for (const name of readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((path) => /\.(ts|tsx|css)$/.test(path))) {
  const text = readFileSync(join(SRC, name), "utf8");
  const floor = name.split("/")[0] ?? "";
  const lines = text.split("\n").length;
  if (lines > LINES) complain(`src/${name}: ${lines} lines, ${LINES} are allowed`);
  if (!text.includes("SPDX-License-Identifier: Apache-2.0")) complain(`src/${name}: no SPDX line`);
  for (const [, fixed, late] of text.matchAll(/^(?:import|export)\s+(?:[^"'=;]*?\bfrom\s+)?"([^"]+)"|\bimport\("([^"]+)"\)/gm)) {
    const from = fixed ?? late ?? "";
    if (from.startsWith(".")) {
      const target = relative(SRC, normalize(join(SRC, dirname(name), from))).split("/")[0] ?? "";
      const isEntry = /\?(sharedworker|worker)/.test(from);
      if (!isEntry && !MAY[floor]?.includes(target)) complain(`src/${name}: ${floor} may not know ${from}`);
    } else {
      const known = Object.keys(PACKAGES).find((one) => from === one || from.startsWith(`${one}/`));
      if (known && !PACKAGES[known]?.includes(floor)) complain(`src/${name}: ${floor} may not know ${from}`);
      else if (!known && !from.startsWith("virtual:") && !from.startsWith("/")) complain(`src/${name}: ${from} is not in the table of build/floors.ts`);
    }
  }
}
console.log(faults ? `${faults} faults` : "the floors hold");
process.exit(faults ? 1 : 0);

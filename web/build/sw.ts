// SPDX-License-Identifier: Apache-2.0
// Makes /sw.js out of src/sw: one file under one name, with the name of the build and the list of its files in it. The page gets
// the same name (<meta name="build">), so that it knows whether a service worker is of its own build.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Plugin, type Rolldown, build } from "vite";

const PLACE = "%BUILD%";
const LASTING = "assets/"; // every name there tells its content
const RARE = /^assets\/pdf[.-]/; // large, and not kept for times without a network: files come over it, too
const ENTRY = join(import.meta.dirname, "../src/sw/sw.ts");
const PUBLIC = join(import.meta.dirname, "../public");

const bytesOf = (one: Rolldown.OutputAsset | Rolldown.OutputChunk): string | Uint8Array => (one.type === "chunk" ? one.code : one.source);
const hash = (bytes: string | Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
const integrity = (bytes: string | Uint8Array): string => `sha256-${hash(bytes).toString("base64")}`;

async function compile(id: string, files: Record<string, string>): Promise<string> {
  const made = (await build({
    configFile: false, logLevel: "warn", publicDir: false,
    define: { BUILD: JSON.stringify(id), FILES: JSON.stringify(files) },
    build: { write: false, target: "es2022", modulePreload: false, rolldownOptions: { input: ENTRY, output: { format: "iife", entryFileNames: "sw.js" } } },
  })) as Rolldown.RolldownOutput;
  const [chunk, second] = made.output;
  if (second) throw new Error("the service worker must be one file");
  return chunk.code;
}

/** Goes behind all that makes files. */
export const serviceWorker = (): Plugin => ({
  name: "service-worker",
  apply: "build",
  enforce: "post",
  generateBundle: {
    order: "post",
    async handler(_options, bundle) {
      const page = bundle["index.html"];
      if (page?.type !== "asset") throw new Error("there is no page");
      const loose = new Map<string, string | Uint8Array>(readdirSync(PUBLIC).map((name) => [name, readFileSync(join(PUBLIC, name))]));
      const lasting = Object.keys(bundle).filter((name) => name.startsWith(LASTING)).toSorted();
      const strange = Object.keys(bundle).filter((name) => !name.startsWith(LASTING) && name !== "index.html");
      if (strange.length > 0) throw new Error(`not in the list of the service worker: ${strange}`);
      const id = hash(JSON.stringify([lasting, integrity(bytesOf(page)), ...[...loose].map(([name, bytes]) => [name, integrity(bytes)])])).toString("hex").slice(0, 16);
      page.source = String(page.source).replace(PLACE, id);
      const kept = lasting.filter((name) => !RARE.test(name));
      const files = { "/": integrity(page.source), ...Object.fromEntries([...loose].map(([name, bytes]) => [`/${name}`, integrity(bytes)])), ...Object.fromEntries(kept.map((name) => [`/${name}`, ""])) };
      this.emitFile({ type: "asset", fileName: "sw.js", source: await compile(id, files) });
    },
  },
});

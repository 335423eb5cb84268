// SPDX-License-Identifier: Apache-2.0
// One page, one SharedWorker, one service worker; everything is precompressed and then embedded into parleyd (tools/embed-web).
import { defineConfig } from "vite";
import { emoji } from "./build/emoji.ts";
import { precompress } from "./build/precompress.ts";
import { serviceWorker } from "./build/sw.ts";

export default defineConfig({
  base: "/",
  resolve: { alias: { react: "preact/compat", "react-dom": "preact/compat" } },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [emoji(), serviceWorker(), precompress()],
  worker: { format: "es" },
  build: {
    target: "es2022",
    // Browsers that know light-dark(): else every colour is written three times.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    outDir: "../build/web/dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  test: { include: ["test/unit/**/*.test.{ts,tsx}"], environment: "node" },
} as Parameters<typeof defineConfig>[0]);

// SPDX-License-Identifier: Apache-2.0
// Converse, the web client of other people (npm, tests/clients/converse): brought once, served on a port of its own, so that it
// stands to parleyd as a page of another host does.
import { execFileSync } from "node:child_process";
import { copyFileSync, createReadStream, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type Server as HttpServer, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const NAMED = join(import.meta.dirname, "../../../tests/clients/converse");
const BUILD = join(import.meta.dirname, "../../../build/clients/converse");
const DIST = join(BUILD, "node_modules/converse.js/dist");
const TYPES: Record<string, string> = {
  ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml", ".wasm": "application/wasm", ".png": "image/png", ".woff2": "font/woff2",
};
const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Converse</title><link rel="stylesheet" href="/dist/converse.min.css"></head>
<body class="converse-fullscreen"><div id="conversejs-bg"></div><script type="module" src="/dist/converse.min.js"></script></body></html>`;

/** Brings the package when it is not there as the lock file names it. */
export function bringConverse(): void {
  const lock = readFileSync(join(NAMED, "package-lock.json"), "utf8");
  const mark = join(BUILD, ".is-there");
  if (existsSync(mark) && readFileSync(mark, "utf8") === lock) return;
  mkdirSync(BUILD, { recursive: true });
  for (const name of ["package.json", "package-lock.json"]) copyFileSync(join(NAMED, name), join(BUILD, name));
  execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: BUILD, stdio: ["ignore", "pipe", "pipe"], timeout: 240_000 });
  writeFileSync(mark, lock);
}

/** A page at "/", what it is made of at "/dist/". */
export class ConverseSite {
  private readonly server: HttpServer;
  url = "";

  constructor() {
    this.server = createServer((request, response) => {
      const path = new URL(request.url ?? "/", "http://localhost").pathname;
      const file = normalize(join(DIST, path.replace(/^\/dist\//, "")));
      if (path === "/") response.writeHead(200, { "Content-Type": "text/html" }).end(PAGE);
      else if (!path.startsWith("/dist/") || !file.startsWith(DIST) || !existsSync(file)) response.writeHead(404).end();
      else {
        response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream" });
        createReadStream(file).pipe(response);
      }
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

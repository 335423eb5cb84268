// SPDX-License-Identifier: Apache-2.0
// Serves Converse from its package, compressed as a careful host would, with a page that signs in.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { extname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";
import type { Fetched } from "./tap.ts";

const TYPES: Record<string, string> = { ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".html": "text/html; charset=utf-8", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".wasm": "application/wasm" };

export interface Login {
  service: string;
  jid: string;
  password: string;
}

const page = ({ service, jid, password }: Login): string => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Converse</title><link rel="stylesheet" href="/dist/converse.min.css">
<script type="module" src="/dist/converse.min.js"></script></head><body class="converse-fullscreen"><script type="module">
converse.plugins.add("bench", { initialize() { window.converseApi = this._converse.api; } });
converse.initialize(${JSON.stringify({
  view_mode: "fullscreen", authentication: "login", auto_login: true, jid, password, websocket_url: service, assets_path: "/dist/", persistent_store: "IndexedDB", show_background: false,
  allow_registration: false, discover_connection_methods: false, muc_nickname_from_jid: true, whitelisted_plugins: ["bench"], play_sounds: false, i18n: "en", loglevel: "error",
})}).catch((why) => console.error(why));</script></body></html>`;

export class Shelf {
  private readonly server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname));
    const found = this.find(path);
    this.fetched.push({ path, at: Date.now() });
    if (!found) return void response.writeHead(404).end();
    const immutable = path === "/" ? "no-cache" : "public, max-age=31536000, immutable";
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? (path === "/" ? TYPES[".html"] : "application/octet-stream"), "content-encoding": "gzip", "cache-control": immutable, "content-length": found.length });
    response.end(found);
  });
  private readonly sockets = new Set<Socket>();
  private readonly files = new Map<string, Buffer>();
  private readonly folder: string;
  login: Login = { service: "", jid: "", password: "" };
  url = "";
  /** What was fetched, in its order. */
  readonly fetched: Fetched[] = [];

  /** `folder`: node_modules/converse.js */
  constructor(folder: string) {
    this.folder = folder;
    this.server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
    });
  }

  start(): Promise<void> {
    return new Promise((resolve) => this.server.listen(0, "127.0.0.1", () => {
      this.url = `http://localhost:${(this.server.address() as AddressInfo).port}`;
      resolve();
    }));
  }

  stop(): void {
    this.server.close();
    for (const one of this.sockets) one.destroy();
  }

  private find(path: string): Buffer | undefined {
    if (path === "/") return gzipSync(page(this.login));
    let known = this.files.get(path);
    if (!known && path.startsWith("/dist/")) {
      try {
        known = gzipSync(readFileSync(join(this.folder, path)), { level: 9 });
        this.files.set(path, known);
      } catch {
        return undefined;
      }
    }
    return known;
  }
}

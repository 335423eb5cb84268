// SPDX-License-Identifier: Apache-2.0
// Entry of the service worker: the files of this build, so that the page starts without a network. It answers for the files that
// the build consists of and for the addresses of views, nothing else; what it keeps is filled once, when it is installed, so that
// nothing of anybody (files, invitations, words) ever gets into it. build/sw.ts puts the list of files in.
import type { Letter } from "../shared/build.ts";

declare const self: ServiceWorkerGlobalScope;
/** Names the build. */
declare const BUILD: string;
/** Paths of its files; those whose names do not tell their content with its hash (Subresource Integrity). */
declare const FILES: Record<string, string>;

const OWN = FILES; // once in the text
const PREFIX = "parley-";
const CACHE = PREFIX + BUILD;
const PAGE = "/";
const PATIENCE = 4000; // ms for the server to send its page, before the one that is kept is shown
/** Addresses that the server answers with the page (src/server/web/web.c). */
const VIEW = /^\/(?:(?:c|settings|admin)(?:\/.*)?|login|join|search|threads|later|catch-up|people|rooms)?$/;

// ---- keeping

/** A file as this build wants it. A hashed one that an earlier build has brought is the same. */
async function bring(cache: Cache, path: string, integrity: string): Promise<void> {
  const known = integrity ? undefined : await caches.match(path, { ignoreVary: true });
  const response = known ?? (await fetch(new Request(path, integrity ? { integrity, cache: "no-cache" } : {})));
  if (!response.ok || response.redirected) throw new Error(`${path}: ${response.status}`);
  await cache.put(path, response);
}

/** All or nothing: a page that is of another build already fails by its hash, and the next look finds the new list. */
async function fill(): Promise<void> {
  const cache = await caches.open(CACHE);
  const rest = Object.entries(OWN);
  const work = async (): Promise<void> => {
    for (let next = rest.shift(); next; next = rest.shift()) await bring(cache, ...next);
  };
  await Promise.all([work(), work()]); // two at a time: somebody is using the page
}

async function tidy(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

// ---- answering

const kept = (path: string): Promise<Response | undefined> => caches.match(path, { cacheName: CACHE, ignoreVary: true });

const late = (): Promise<never> => new Promise((_, reject) => setTimeout(() => reject(new Error("late")), PATIENCE));

/** The newest page, as long as the server is there and well. */
async function page(event: FetchEvent): Promise<Response> {
  const fresh = async (): Promise<Response> => ((await event.preloadResponse) as Response | undefined) ?? fetch(event.request);
  const known = await kept(PAGE);
  if (!known) return fresh();
  const response = await Promise.race([fresh(), late()]).catch(() => undefined);
  return response && response.status < 500 ? response : known;
}

const file = async (event: FetchEvent, path: string): Promise<Response> => (await kept(path)) ?? fetch(event.request);

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(tidy()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (VIEW.test(url.pathname)) event.respondWith(page(event));
  } else if (url.pathname !== PAGE && Object.hasOwn(OWN, url.pathname)) event.respondWith(file(event, url.pathname));
});

self.addEventListener("message", (event) => {
  const letter = event.data as Letter;
  if (letter === "build") event.ports[0]?.postMessage(BUILD);
  if (letter === "take") void self.skipWaiting();
});

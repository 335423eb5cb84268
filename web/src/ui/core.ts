// SPDX-License-Identifier: Apache-2.0
// The worker as the page sees it: core.send(…) and so on are calls, hear(…) gets its news. A SharedWorker, so that all tabs have
// one connection; its name carries the build, so that an old tab never talks to a new worker.
import type { Api, News } from "../shared/api.ts";
import { type Letter, type Port, type Remote, connect } from "../shared/rpc.ts";
import sharedUrl from "../core/worker.ts?sharedworker&url";

type Hear = <K extends keyof News>(name: K, value: News[K]) => void;

const hearers = new Set<Hear>();

/** Calls run with every piece of news from now on. */
export const hear = (run: Hear): void => void hearers.add(run);

/** Of pdf.js, which ui/files/pdf.ts starts. */
const OWN = /^\/assets\/pdf\.worker[\w.-]*\.js$/;
const policy = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: object): { createScriptURL(url: string): string } } }).trustedTypes
  ?.createPolicy("parley", { createScriptURL: (url: string) => (url === sharedUrl || url === "/sw.js" || OWN.test(url) ? url : "about:blank") });

/** The address of one of our own scripts, as Trusted Types want it. */
export const scriptUrl = (url: string): string => policy?.createScriptURL(url) ?? url;

const name = `parley ${sharedUrl}`;
const start = (named: string): Worker => new Worker(scriptUrl(sharedUrl), { type: "module", name: named });

/** The worker of one of the tabs, which ui/tabs.ts finds. */
function openTabs(): Port {
  const port: Port = { postMessage: (letter) => void coming.then((post) => post(letter as Letter)), onmessage: null };
  const coming = import("./tabs.ts").then(({ join }) => join(name, port, () => start(name)));
  return port;
}

function open(): Port {
  if ("SharedWorker" in globalThis) return new SharedWorker(scriptUrl(sharedUrl), { type: "module", name }).port;
  return "locks" in navigator ? openTabs() : start("");
}

/** Everything that the worker can do. */
export const core: Remote<Api> = connect<Api, News>(open(), (name, value) => {
  for (const run of hearers) run(name, value);
});

addEventListener("pagehide", (event) => {
  if (!event.persisted) void core.bye();
});

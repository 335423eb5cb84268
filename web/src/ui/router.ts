// SPDX-License-Identifier: Apache-2.0
// Where one is, as a path: /c/<address> is a conversation, with #<id> a message in it.
import { computed, signal } from "@preact/signals";
import { decoded } from "../shared/uri.ts";

/** "/c/juliet@example.org" */
const path = signal(location.pathname);
const hash = signal(decoded(location.hash.slice(1)));
const query = signal(location.search);

function read(): void {
  path.value = location.pathname;
  hash.value = decoded(location.hash.slice(1));
  query.value = location.search;
}

addEventListener("popstate", read);

/** Name of the view, and what follows it; the pane at its side, and what that shows. */
export const route = computed(() => {
  const [, view = "", ...rest] = path.value.split("/");
  const words = new URLSearchParams(query.value);
  return { view, rest: rest.map(decoded).join("/"), message: hash.value, pane: words.get("pane") ?? undefined, of: words.get("of") ?? undefined, q: words.get("q") ?? undefined };
});

/** Goes there; `replace` leaves no way back. */
export function go(to: string, replace = false): void {
  if (to === location.pathname + location.search + location.hash) return;
  history[replace ? "replaceState" : "pushState"](null, "", to);
  read();
}

/** Opens a pane beside what is shown, or closes it; `of`: what it shows, such as the id of a thread. */
export function openPane(name: string | undefined, of?: string): void {
  const words = new URLSearchParams();
  if (name) words.set("pane", name);
  if (name && of) words.set("of", of);
  go(`${location.pathname}${name ? `?${words}` : ""}`);
}

/** The path of a conversation, and of a message in it. */
export const pathOf = (jid: string, message?: string): string => `/c/${encodeURIComponent(jid).replace(/%40/g, "@")}${message ? `#${encodeURIComponent(message)}` : ""}`;

/** Lets links inside the page change the route instead of loading. */
export function onLinkClick(event: MouseEvent): void {
  const link = (event.target as Element | null)?.closest?.("a");
  if (!link || link.target || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href, location.href);
  if (url.origin !== location.origin || url.pathname.startsWith("/file/") || url.pathname === "/about") return;
  event.preventDefault();
  go(url.pathname + url.search + url.hash);
}

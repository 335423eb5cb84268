// SPDX-License-Identifier: Apache-2.0
// Where one is, as a path: /c/<address> is a conversation, with #<id> a message in it.
import { computed, signal } from "@preact/signals";

/** "/c/juliet@example.org" */
const path = signal(location.pathname);
const hash = signal(decodeURIComponent(location.hash.slice(1)));

addEventListener("popstate", () => {
  path.value = location.pathname;
  hash.value = decodeURIComponent(location.hash.slice(1));
});

/** Name of the view, and what follows it. */
export const route = computed(() => {
  const [, view = "", ...rest] = path.value.split("/");
  return { view, rest: rest.map(decodeURIComponent).join("/"), message: hash.value };
});

/** Goes there; `replace` leaves no way back. */
export function go(to: string, replace = false): void {
  if (to === location.pathname + location.hash) return;
  history[replace ? "replaceState" : "pushState"](null, "", to);
  path.value = location.pathname;
  hash.value = decodeURIComponent(location.hash.slice(1));
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
  go(url.pathname + url.hash);
}

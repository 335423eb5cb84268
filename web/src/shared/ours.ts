// SPDX-License-Identifier: Apache-2.0
// Files of this server, and where they are fetched: links begin with the server's public address, the page may have come by another
// door of the same host (http beside https), and only its own is open to it.

/** The address under which this page reaches a file of this server; undefined for files of other hosts. */
export function here(url: string): string | undefined {
  try {
    const { protocol, hostname, pathname, search } = new URL(url);
    const isOurs = (protocol === "https:" || protocol === "http:") && hostname === location.hostname && pathname.startsWith("/file/");
    return isOurs ? location.origin + pathname + search : undefined;
  } catch {
    return undefined;
  }
}

// SPDX-License-Identifier: Apache-2.0
// What a page and the service worker tell each other.

/** "build": which build is it? Answered over the port. "take": the pages are its from now on. */
export type Letter = "build" | "take";

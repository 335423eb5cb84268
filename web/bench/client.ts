// SPDX-License-Identifier: Apache-2.0
// The two clients that are measured, as the measures see them: what is where on their pages, and how one gets there.
import type { Page } from "@playwright/test";
import { PASSWORD } from "../test/bed/server.ts";
import { CROWD } from "./seed.ts";
import type { Shelf } from "./shelf.ts";

const PATIENCE = 60_000; // ms

export interface Client {
  name: string;
  /** Where its page comes from, and something of the same origin that starts nothing. */
  url: string;
  still: string;
  /** JavaScript: the first useful screen is there, ten conversations with their names. */
  first: string;
  /** JavaScript: clicks on what opens a room. */
  open(room: string): string;
  /** Selectors: messages, what scrolls them, where one writes. */
  article: string;
  box: string;
  composer: string;
  /** JavaScript: how far the box must be scrolled so that older messages are asked for. */
  nearTop: string;
  /** JavaScript: opens the list of members, and: ten of them are there, all are known. */
  openMembers: string;
  someMembers: string;
  allMembers: (count: number) => string;
  /** Signs in on a new profile. */
  signIn(page: Page): Promise<void>;
  /** JavaScript: forgets everything that was kept except the account. */
  forget: string;
}

const tenRows = (rows: string, name: string): string => `[...document.querySelectorAll('${rows}')].filter((row) => {
  const box = row.getBoundingClientRect();
  return box.height > 0 && box.top < innerHeight && /Room \\d|Crowd/.test(row.querySelector('${name}')?.textContent ?? '');
}).length >= 10`;

const visible = (selector: string): string => `[...document.querySelectorAll('${selector}')].filter((one) => one.getBoundingClientRect().height > 0).length >= 10`;

/** Takes whole databases away. */
const EMPTY = `(async () => { for (const { name } of await indexedDB.databases()) await new Promise((done) => { const gone = indexedDB.deleteDatabase(name); gone.onsuccess = gone.onerror = gone.onblocked = done; });
  localStorage.clear(); sessionStorage.clear(); })()`;

export function parley(url: string, user: string): Client {
  return {
    name: "Parley", url, still: `${url}/icon.svg`, first: `${tenRows(".row", ".row-name")} && document.querySelectorAll('.row-last bdi').length >= 10`,
    // A link like any other of the page: what is in view of the list depends on what is unread.
    open: (room) => `(() => { const a = document.createElement('a'); a.href = '/c/${room}'; document.body.append(a); a.click(); a.remove(); })()`,
    article: ".log-in article", box: ".log-in", composer: ".compose [role=textbox]", nearTop: "600",
    openMembers: `[...document.querySelectorAll('.bar-tools button')].find((one) => /Members/.test(one.getAttribute('aria-label') ?? one.title)).click()`,
    someMembers: visible(".members .person"),
    allMembers: (count) => `[...document.querySelectorAll('.members .person-head .num')].reduce((sum, one) => sum + Number(one.textContent.replace(/\\D/g, '')), 0) >= ${count - 1}`,
    async signIn(page) {
      await page.getByLabel("Address").fill(user);
      await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.locator(".app").waitFor({ timeout: PATIENCE });
    },
    forget: `(async () => {
      for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
      for (const name of await caches.keys()) await caches.delete(name);
      const db = await new Promise((done, fail) => { const open = indexedDB.open('parley'); open.onsuccess = () => done(open.result); open.onerror = fail; });
      const write = db.transaction([...db.objectStoreNames].filter((name) => name !== 'accounts'), 'readwrite');
      for (const name of write.objectStoreNames) write.objectStore(name).clear();
      await new Promise((done) => { write.oncomplete = done; });
      db.close();
    })()`,
  };
}

export function converse(shelf: Shelf, service: string, user: string): Client {
  shelf.login = { service, jid: `${user}@localhost`, password: PASSWORD };
  return {
    name: "Converse 14", url: shelf.url, still: `${shelf.url}/dist/manifest.json`, first: tenRows(".open-rooms-list .list-item", ".open-room"),
    open: (room) => `document.querySelector('.open-rooms-list a.open-room[data-room-jid="${room}"]').click()`,
    article: ".chat-msg", box: ".chat-content__messages", composer: "textarea.chat-textarea", nearTop: "0",
    openMembers: `void converseApi.rooms.open('${CROWD}', {}, true)`,
    someMembers: visible("converse-muc-sidebar .occupant-list > *"),
    allMembers: (count) => `Number((document.querySelector('converse-muc-sidebar')?.textContent ?? '').match(/([\\d,.]+) Participants/)?.[1].replace(/\\D/g, '') ?? 0) >= ${count - 1}`,
    signIn: async () => undefined, // its page has the password
    forget: EMPTY,
  };
}

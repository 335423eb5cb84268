// SPDX-License-Identifier: Apache-2.0
// Starting without a network, and a server that gets a new build while pages are open.
import type { Page } from "@playwright/test";
import { type Person, type Server, expect, fresh, messages, person, say, talkTo, test } from "./bed.ts";
import { Renewed } from "./renewed.ts";

test.use({ serviceWorkers: "allow" });

const behind = (server: Server, gate: Renewed): Server => Object.assign(Object.create(server) as Server, { url: gate.url });

/** The service worker has all files and answers for this page. */
async function isKept(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller?.state)).toBe("activated");
}

/** The core writes a moment behind what it shows; a browser that is closed in that moment asks the archive later. */
async function isOnDisk(page: Page, text: string, store = "logs"): Promise<void> {
  await expect.poll(() => page.evaluate(async (name) => {
    const db = await new Promise<IDBDatabase>((resolve) => {
      const asked = indexedDB.open("parley");
      asked.onsuccess = () => resolve(asked.result);
    });
    const all = db.transaction(name).objectStore(name).getAll();
    const rows = await new Promise((resolve) => {
      all.onsuccess = () => resolve(all.result);
    });
    db.close();
    return JSON.stringify(rows);
  }, store)).toContain(text);
}

const buildOf = (page: Page) => page.locator('meta[name="build"]').getAttribute("content");
const field = (page: Page) => page.getByRole("textbox", { name: /^Message / });
const line = (page: Page) => page.locator(".renewal", { hasText: "A new version is here." });
const dialog = (page: Page) => page.getByRole("alertdialog", { name: "Parley was renewed in another tab" });
const reloaded = (page: Page): Promise<unknown> => page.waitForEvent("load");
/** Errors of pages that asked for something while there was no network are no faults. */
const faultsOf = (...people: Person[]): string[] => people.flatMap((one) => one.faults).filter((one) => !/503|Failed to load resource/.test(one));

test("without a network the page starts with the list, and what is typed is sent once when it is back", async ({ browser, server }) => {
  test.slow(); // several starts
  const gate = await new Renewed(server.url).listen();
  const [mira, oskar] = [await person(browser, behind(server, gate), fresh("mira")), await person(browser, server, fresh("oskar"))];
  await talkTo(mira, oskar.jid);
  await say(mira, "Before the storm");
  await isKept(mira.page);
  await isOnDisk(mira.page, "Before the storm");
  gate.shut();
  await mira.page.goto("/");
  const row = mira.page.locator(`.row[data-jid="${oskar.jid}"]`);
  await expect(row).toContainText("Before the storm");
  await expect(mira.page.locator(".list .offline")).toContainText("No connection");
  await row.click();
  await expect(messages(mira, "Before the storm")).toHaveCount(1);
  await expect(mira.page.locator(".offline")).toHaveCount(1);
  await say(mira, "Written in the dark");
  await isOnDisk(mira.page, "Written in the dark");
  await expect(mira.page.locator(".offline")).toContainText(/ waits?\./);
  await mira.page.goto("/settings/keys"); // a view that was never shown before
  await expect(mira.page.getByRole("heading", { name: "Keys" }).first()).toBeVisible();
  await mira.page.goto(`/c/${oskar.jid}`);
  await expect(messages(mira, "Written in the dark")).toHaveCount(1);
  gate.open();
  await mira.page.getByRole("button", { name: "Try now" }).click();
  await expect(mira.page.locator(".offline")).toHaveCount(0);
  await oskar.page.locator(`.row[data-jid="${mira.jid}"]`).click();
  await expect(messages(oskar, "Written in the dark")).toHaveCount(1);
  await expect(messages(oskar, "Before the storm")).toHaveCount(1);
  await say(oskar, "It has come");
  await expect(messages(mira, "It has come")).toHaveCount(1);
  await expect(messages(oskar, "Written in the dark")).toHaveCount(1);
  expect(faultsOf(mira, oskar)).toEqual([]);
  gate.close();
});

test("what is kept without a network is the build and nothing else", async ({ browser, server }) => {
  const mira = await person(browser, server, fresh("mira"));
  await isKept(mira.page);
  await mira.page.goto("/c/somebody@localhost?pane=files");
  await mira.page.goto("/join?invite=secret");
  await mira.page.evaluate(async () => Promise.all(["/about", "/.well-known/host-meta.json", "/sw.js"].map((path) => fetch(path))));
  const kept = await mira.page.evaluate(async () => {
    const names = await caches.keys();
    const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return { names, paths: requests.flat().map((one) => new URL(one.url)).map((one) => one.pathname + one.search) };
  });
  expect(kept.names).toEqual([`parley-${await buildOf(mira.page)}`]);
  expect(kept.paths.filter((path) => !path.startsWith("/assets/")).toSorted()).toEqual(["/", "/icon-waits.svg", "/icon.svg", "/manifest.webmanifest"]);
  expect(mira.faults).toEqual([]);
});

test("a new build while tabs are open: a line says so, a reload brings it with what was typed, and one worker has the account at a time", async ({ browser, server }) => {
  test.slow(); // several starts
  const gate = await new Renewed(server.url).listen();
  const [mira, oskar] = [await person(browser, behind(server, gate), fresh("mira")), await person(browser, server, fresh("oskar"))];
  await talkTo(mira, oskar.jid);
  await say(mira, "From the old build");
  await isKept(mira.page);
  const other = await mira.page.context().newPage();
  await other.goto(`/c/${oskar.jid}`);
  await field(other).waitFor();
  const old = await buildOf(mira.page);
  gate.build = 2;
  gate.cut(); // a server that was renewed was away
  await expect(line(mira.page)).toBeVisible();
  await expect(line(other)).toBeVisible();
  expect(await buildOf(mira.page)).toBe(old);
  await field(mira.page).fill("Half a thou");
  await Promise.all([reloaded(mira.page), line(mira.page).getByRole("button", { name: "Reload" }).click()]);
  expect(await buildOf(mira.page)).not.toBe(old);
  await expect(field(mira.page)).toHaveText("Half a thou");
  await expect(messages(mira, "From the old build")).toHaveCount(1);
  await expect(dialog(other)).toBeVisible();
  await expect(line(mira.page)).toHaveCount(0);
  await field(mira.page).fill("");
  await say(mira, "From the new build");
  await oskar.page.locator(`.row[data-jid="${mira.jid}"]`).click();
  await expect(messages(oskar, "From the new build")).toHaveCount(1);
  await Promise.all([reloaded(other), dialog(other).getByRole("button", { name: "Reload" }).click()]);
  await expect(other.locator("article.msg", { hasText: "From the new build" })).toHaveCount(1);
  expect(await buildOf(other)).toBe(await buildOf(mira.page));
  await expect.poll(() => mira.page.evaluate(() => caches.keys())).toEqual([`parley-${await buildOf(mira.page)}`]);
  expect(gate.mostStreams).toBe(1);
  expect(faultsOf(mira, oskar)).toEqual([]);
  gate.close();
});

test("without a SharedWorker one tab leads: others go through it, and the next goes on when it is closed", async ({ browser, server }) => {
  test.slow(); // several starts
  const gate = await new Renewed(server.url).listen();
  const mira = await person(browser, behind(server, gate), fresh("mira"), { unshared: true });
  const oskar = await person(browser, server, fresh("oskar"));
  await talkTo(mira, oskar.jid);
  await say(mira, "From the first tab");
  const second: Person = { ...mira, page: await mira.page.context().newPage() };
  second.page.on("pageerror", (error) => mira.faults.push(error.message));
  await second.page.goto(`/c/${oskar.jid}`);
  await expect(messages(second, "From the first tab")).toHaveCount(1);
  await say(second, "From the second tab");
  await expect(messages(mira, "From the second tab")).toHaveCount(1);
  await oskar.page.locator(`.row[data-jid="${mira.jid}"]`).click();
  await expect(messages(oskar, "From the second tab")).toHaveCount(1);
  await field(second.page).fill("Half a thou");
  await isOnDisk(second.page, "Half a thou", "conversations");
  await mira.page.close();
  await say(oskar, "Are you still there?");
  await expect(messages(second, "Are you still there?")).toHaveCount(1);
  await expect(field(second.page)).toHaveText("Half a thou");
  await field(second.page).press("Enter");
  await expect(messages(oskar, "Half a thou")).toHaveCount(1);
  await expect(messages(second, "From the first tab")).toHaveCount(1);
  expect(gate.mostStreams).toBe(1);
  expect(faultsOf(mira, oskar)).toEqual([]);
  gate.close();
});

test("without a SharedWorker a worker that answers nobody is replaced by that of the tab that is looked at", async ({ browser, server }) => {
  test.slow();
  const gate = await new Renewed(server.url).listen();
  const mira = await person(browser, behind(server, gate), fresh("mira"), { unshared: true });
  const oskar = await person(browser, server, fresh("oskar"));
  await talkTo(mira, oskar.jid);
  await say(mira, "Before it sleeps");
  await isOnDisk(mira.page, "Before it sleeps");
  await mira.page.evaluate(() => {
    const end = Worker.prototype.terminate;
    Worker.prototype.terminate = function terminate() {
      document.documentElement.dataset.ended = "yes";
      end.call(this);
    };
  });
  const [asleep] = mira.page.workers();
  // As in a tab that the system has put to sleep: nothing runs there any more.
  const memory = (): Int32Array => new Int32Array(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer);
  void asleep?.evaluate(`Atomics.wait((${memory})(), 0, 0)`).catch(() => undefined); // it is ended, not woken
  const second: Person = { ...mira, page: await mira.page.context().newPage() };
  await second.page.goto(`/c/${oskar.jid}`);
  await expect.poll(() => second.page.workers().length).toBe(1);
  await say(second, "While it sleeps");
  await oskar.page.locator(`.row[data-jid="${mira.jid}"]`).click();
  await expect(messages(oskar, "While it sleeps")).toHaveCount(1);
  await expect(messages(mira, "While it sleeps")).toHaveCount(1);
  await expect.poll(() => mira.page.evaluate(() => document.documentElement.dataset.ended)).toBe("yes");
  await say(mira, "Together again");
  await expect(messages(second, "Together again")).toHaveCount(1);
  await expect(messages(oskar, "Together again")).toHaveCount(1);
  expect(faultsOf(mira, oskar)).toEqual([]);
  gate.close();
});

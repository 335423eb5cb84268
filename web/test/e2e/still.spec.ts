// SPDX-License-Identifier: Apache-2.0
// Nothing moves that is read: when a conversation is opened, when the window changes, when the network goes and comes back.
import { expect, fresh, messages, type Person, person, Server, talkTo, test } from "./bed.ts";
import { type Raw, raw } from "./raw.ts";
import { watchMoves } from "./still.ts";

const LONG = " and the wind turns to the north in the evening, so that the small ferry stays at the pier until the morning";

function tell(one: Raw, to: string, tag: string, from: number, until: number): void {
  for (let n = from; n < until; n++) one.send(`<message xmlns="jabber:client" to="${to}" type="chat" id="${tag}-${n}"><body>${tag} ${n}${n % 7 === 0 ? LONG.repeat(1 + (n % 3)) : ""}</body></message>`);
}

function picture(one: Raw, to: string, url: string, id: string): void {
  one.send(`<message xmlns="jabber:client" to="${to}" type="chat" id="${id}"><body>${url}</body><file-sharing xmlns="urn:xmpp:sfs:0" disposition="inline"><file xmlns="urn:xmpp:file:metadata:0"><name>${id}.png</name><media-type>image/png</media-type><width>400</width><height>300</height></file><sources><url-data xmlns="http://jabber.org/protocol/url-data" target="${url}"/></sources></file-sharing></message>`);
}

const rowOf = (one: Person, jid: string) => one.page.locator(`.row[data-jid="${jid}"]`);

/** Somebody who has read what there is, sits before the empty frame, and gets NEW more. */
async function reader(browser: Parameters<typeof person>[0], server: Parameters<typeof person>[1], count: number): Promise<{ oskar: Person; sender: Raw }> {
  const [oskar, sender] = [await person(browser, server, fresh("oskar")), await raw(server, fresh("mira"))];
  tell(sender, oskar.jid, "seen", 0, 40);
  await talkTo(oskar, sender.jid);
  await expect(messages(oskar, "seen 0").first()).toBeInViewport();
  await oskar.page.bringToFront();
  await oskar.page.getByRole("button", { name: /new message|To the newest/ }).click();
  await expect(messages(oskar, "seen 39")).toBeInViewport();
  await expect(rowOf(oskar, sender.jid).getByText(/unread message/)).toHaveCount(0);
  await oskar.page.goto("/");
  await rowOf(oskar, sender.jid).waitFor();
  for (let n = 0; n < count; n++) {
    if (n % 4 === 1) picture(sender, oskar.jid, `${server.url}/file/x/y/${n}.png`, `new-${n}`);
    else if (n % 4 === 2) sender.send(`<message xmlns="jabber:client" to="${oskar.jid}" type="chat" id="new-${n}"><body>https://example.org/${n}</body></message>`);
    else tell(sender, oskar.jid, "new", n, n + 1);
  }
  if (count > 0) await expect(rowOf(oskar, sender.jid)).toContainText(`${count} unread message`);
  return { oskar, sender };
}

for (const { name, count, reload } of [
  { name: "with what is new, kept nowhere", count: 25, reload: true },
  { name: "with what is new, more than one page", count: 70, reload: false },
  { name: "with little that is new", count: 2, reload: false },
  { name: "with nothing new", count: 0, reload: true },
]) {
  test(`a conversation is opened ${name}: everything stands where it first stood`, async ({ browser, server }) => {
    const { oskar, sender } = await reader(browser, server, count);
    await oskar.page.route("**/file/**", (route) => route.fulfill({ contentType: "image/svg+xml", body: `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="900"/>` }));
    if (reload) {
      await oskar.page.reload();
      await rowOf(oskar, sender.jid).waitFor();
      if (count > 0) await expect(rowOf(oskar, sender.jid)).toContainText(`${count} unread message`);
    }
    const stop = await watchMoves(oskar.page);
    await rowOf(oskar, sender.jid).click();
    await expect(oskar.page.locator("article.msg").first()).toBeVisible();
    if (count > 0 && count < 50) await expect(oskar.page.locator(".log .new")).toBeInViewport();
    const seen = await stop();
    expect(seen.moves).toEqual([]);
    expect(seen.shifts).toEqual([]);
    expect(oskar.faults.filter((one) => !one.includes("/file/"))).toEqual([]);
    await sender.stop();
  });
}

/** Where the first message that is wholly in view stands. */
const firstInView = (one: Person): Promise<{ key: string; y: number }> => one.page.evaluate(() => {
  const view = (document.querySelector(".log-in") as HTMLElement).getBoundingClientRect();
  const at = [...document.querySelectorAll<HTMLElement>(".log-in article.msg")].find((el) => el.getBoundingClientRect().top >= view.top);
  return { key: at?.dataset["key"] ?? "", y: at?.getBoundingClientRect().top ?? 0 };
});

const yOf = (one: Person, key: string): Promise<number> => one.page.evaluate((wanted) => document.querySelector(`article[data-key="${CSS.escape(wanted)}"]`)?.getBoundingClientRect().top ?? Number.NaN, key);

test("who reads in the middle goes on reading: window, panes, keyboard and size of text change around it", async ({ browser, server }) => {
  const [oskar, sender] = [await person(browser, server, fresh("oskar")), await raw(server, fresh("mira"))];
  tell(sender, oskar.jid, "old", 0, 120);
  await talkTo(oskar, sender.jid);
  await expect(messages(oskar, "old 119")).toBeInViewport();
  const box = oskar.page.locator(".log-in");
  await expect.poll(() => box.evaluate((el) => { el.scrollTop = 0; return document.querySelectorAll(".log-start").length; })).toBe(1);
  await box.evaluate((el) => { el.scrollTop = 900; });
  await expect.poll(async () => (await firstInView(oskar)).key).not.toBe("");
  let read = await firstInView(oskar);
  const stays = async (what: string, by: () => Promise<unknown>): Promise<void> => {
    const before = await box.evaluate((el) => `${el.clientWidth} ${el.clientHeight} ${getComputedStyle(el).fontSize}`);
    await by();
    await expect.poll(() => box.evaluate((el) => `${el.clientWidth} ${el.clientHeight} ${getComputedStyle(el).fontSize}`), what).not.toBe(before);
    await oskar.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const now = await yOf(oskar, read.key);
    expect(Math.abs(now - read.y), `${what}: ${read.y} became ${now}`).toBeLessThan(0.6);
  };
  await stays("a narrow window", () => oskar.page.setViewportSize({ width: 900, height: 800 }));
  await stays("a wide window", () => oskar.page.setViewportSize({ width: 1280, height: 800 }));
  await stays("a pane", () => oskar.page.getByRole("button", { name: "Files" }).first().click());
  await stays("no pane", () => oskar.page.getByRole("button", { name: "Files" }).first().click());
  await stays("a phone", () => oskar.page.setViewportSize({ width: 390, height: 800 }));
  read = await firstInView(oskar);
  await stays("a keyboard that makes the page smaller", () => oskar.page.setViewportSize({ width: 390, height: 460 }));
  await stays("no keyboard", () => oskar.page.setViewportSize({ width: 390, height: 800 }));
  const cover = (height: number | undefined) => oskar.page.evaluate((to) => {
    const view = window.visualViewport as VisualViewport;
    if (to === undefined) delete (view as { height?: number }).height;
    else Object.defineProperty(view, "height", { value: to, configurable: true });
    view.dispatchEvent(new Event("resize"));
  }, height);
  await stays("a keyboard that covers the page", () => cover(450));
  await expect(oskar.page.getByRole("textbox", { name: /^Message / })).toBeInViewport();
  expect(await oskar.page.locator(".app").evaluate((el) => el.getBoundingClientRect().bottom)).toBeLessThanOrEqual(450);
  await stays("no keyboard over the page", () => cover(undefined));
  await stays("larger text", () => oskar.page.evaluate(() => document.documentElement.style.setProperty("--text-scale", "1.4")));
  expect(oskar.faults).toEqual([]);
  await sender.stop();
});

test("who is at the end stays there: a keyboard comes, the window changes", async ({ browser, server }) => {
  const [oskar, sender] = [await person(browser, server, fresh("oskar"), { viewport: { width: 390, height: 800 }, hasTouch: true }), await raw(server, fresh("mira"))];
  tell(sender, oskar.jid, "first", 0, 1);
  await talkTo(oskar, sender.jid);
  await expect(messages(oskar, "first 0")).toBeInViewport();
  await expect(rowOf(oskar, sender.jid).getByText(/unread message/)).toHaveCount(0);
  tell(sender, oskar.jid, "old", 0, 60);
  await expect(messages(oskar, "old 59")).toBeInViewport();
  for (const height of [430, 800, 500]) {
    await oskar.page.setViewportSize({ width: 390, height });
    await expect.poll(() => oskar.page.locator(".log-in").evaluate((el) => [el.clientHeight < innerHeight, Math.abs(el.scrollHeight - el.clientHeight - el.scrollTop) < 1])).toEqual([true, true]);
    await expect(messages(oskar, "old 59")).toBeInViewport();
  }
  expect(oskar.faults).toEqual([]);
  await sender.stop();
});

/** A finger that stays on an element until it shows that it is held, and is lifted then. */
async function hold(one: Person, at: ReturnType<Person["page"]["locator"]>): Promise<void> {
  await at.waitFor();
  const box = await at.boundingBox();
  if (!box) throw new Error("it is not there");
  const finger = await one.page.context().newCDPSession(one.page);
  await finger.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: box.x + Math.min(40, box.width / 2), y: box.y + box.height / 2 }] });
  await expect(one.page.locator("[data-held]")).toHaveCount(1);
  await finger.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await finger.detach();
}

test("a finger that stays opens the menu of a row and of a message, and lifting it leaves it open", async ({ browser, server }) => {
  const [oskar, sender] = [await person(browser, server, fresh("oskar"), { viewport: { width: 390, height: 800 }, hasTouch: true }), await raw(server, fresh("mira"))];
  tell(sender, oskar.jid, "old", 0, 3);
  const row = rowOf(oskar, sender.jid);
  await expect(row).toContainText("3 unread messages");
  await hold(oskar, row);
  const menu = oskar.page.getByRole("menu");
  await expect(menu).toBeVisible();
  await expect(menu.getByRole("menuitem").first()).toBeFocused();
  expect(new URL(oskar.page.url()).pathname).toBe("/");
  await oskar.page.touchscreen.tap(195, 20);
  await expect(menu).toHaveCount(0);
  const stop = await watchMoves(oskar.page);
  await row.tap();
  expect((await stop()).moves).toEqual([]);
  await hold(oskar, messages(oskar, "old 1").locator(".msg-body"));
  await expect(menu).toBeVisible();
  await menu.getByRole("menuitem", { name: "Reply", exact: true }).tap();
  await expect(menu).toHaveCount(0);
  await expect(oskar.page.locator(".compose")).toContainText("old 1");
  expect(oskar.faults).toEqual([]);
  await sender.stop();
});

test("the connection is lost and comes back: list and log stay as they are", async ({ browser }) => {
  const own = new Server();
  await own.start();
  const [oskar, sender] = [await person(browser, own, fresh("oskar")), await raw(own, fresh("mira"))];
  tell(sender, oskar.jid, "old", 0, 40);
  await talkTo(oskar, sender.jid);
  await oskar.page.getByRole("button", { name: /new message|To the newest/ }).click();
  await expect(messages(oskar, "old 39")).toBeInViewport();
  await expect(rowOf(oskar, sender.jid).getByText(/unread message/)).toHaveCount(0);
  const stop = await watchMoves(oskar.page);
  const rows = await oskar.page.evaluate(() => {
    const watch = { gone: [] as string[] };
    (globalThis as unknown as { rows: typeof watch }).rows = watch;
    new MutationObserver((all) => {
      for (const one of all) for (const node of one.removedNodes) if (node instanceof Element && (node.matches(".row, article.msg, .log, .list") || node.querySelector(".row, article.msg"))) watch.gone.push(node.className);
    }).observe(document.body, { childList: true, subtree: true });
    return document.querySelectorAll(".row").length;
  });
  const heads = (): Promise<number[]> => oskar.page.locator(".list .section-head").evaluateAll((all) => all.map((one) => one.getBoundingClientRect().y));
  const stood = await heads();
  await own.stop("SIGKILL");
  await expect(oskar.page.locator(".offline").first()).toBeVisible();
  expect(await heads()).toEqual(stood);
  await own.start();
  await oskar.page.getByRole("button", { name: "Try now" }).evaluateAll((all) => (all[0] as HTMLElement | undefined)?.click()); // it may be back by itself; and nothing is scrolled into view for it
  await expect(oskar.page.locator(".offline")).toHaveCount(0, { timeout: 60_000 });
  expect(await heads()).toEqual(stood);
  const { moves } = await stop();
  expect(moves).toEqual([]);
  expect(await oskar.page.evaluate(() => (globalThis as unknown as { rows: { gone: string[] } }).rows.gone)).toEqual([]);
  await expect(oskar.page.locator(".row")).toHaveCount(rows);
  expect(oskar.faults).toEqual([]);
  await sender.stop();
  await own.stop();
  own.remove();
});

// SPDX-License-Identifier: Apache-2.0
// The log keeps its place by the pixel, follows the end in a flood, and leads to dates, links and what is unread.
import { expect, fresh, messages, type Person, person, talkTo, test } from "./bed.ts";
import { type Raw, raw } from "./raw.ts";

/** Says a lot; every message gets the ids "<tag>-<n>". */
function tell(one: Raw, to: string, tag: string, from: number, until: number): void {
  for (let n = from; n < until; n++) {
    const long = n % 7 === 0 ? " and the wind turns to the north in the evening, so that the small ferry stays at the pier until the morning".repeat(1 + (n % 3)) : "";
    one.send(`<message xmlns="jabber:client" to="${to}" type="chat" id="${tag}-${n}"><body>${tag} ${n}${long}</body></message>`);
  }
}

const box = (one: Person) => one.page.locator(".log-in");
const count = (one: Person) => one.page.locator("article.msg").count();

/** Scrolls to a place, waits until nothing moves, and returns where the message in the middle stands. */
async function settle(one: Person, top: number): Promise<{ key: string; y: number }> {
  await box(one).evaluate((el, to) => { el.scrollTop = to; }, top);
  return middle(one);
}

async function middle(one: Person): Promise<{ key: string; y: number }> {
  return one.page.evaluate(() => new Promise((resolve) => {
    let [still, last] = [0, Number.NaN];
    const look = (): void => {
      const view = (document.querySelector(".log-in") as HTMLElement).getBoundingClientRect();
      const at = [...document.querySelectorAll<HTMLElement>("article.msg")].find((el) => el.getBoundingClientRect().top > view.top + view.height / 3);
      const y = at?.getBoundingClientRect().top ?? 0;
      still = y === last ? still + 1 : 0;
      last = y;
      if (still >= 5 && at) resolve({ key: at.dataset["key"] ?? "", y });
      else requestAnimationFrame(look);
    };
    look();
  }));
}

const yOf = (one: Person, key: string): Promise<number> => one.page.evaluate((wanted) => document.querySelector(`article[data-key="${CSS.escape(wanted)}"]`)?.getBoundingClientRect().top ?? Number.NaN, key);
const atEnd = (one: Person): Promise<boolean> => box(one).evaluate((el) => el.scrollTop + el.clientHeight >= el.scrollHeight - 2);

test("nothing moves by a pixel: older messages, new ones, a picture that loads", async ({ browser, server }) => {
  const [oskar, sender] = [await person(browser, server, fresh("oskar")), await raw(server, fresh("mira"))];
  tell(sender, oskar.jid, "old", 0, 180);
  await talkTo(oskar, sender.jid);
  await expect(messages(oskar, "old 179")).toHaveCount(1);
  await expect.poll(() => atEnd(oskar)).toBe(true);

  // Older ones come in above: twice 50, whatever their height.
  for (let pages = 0; pages < 2; pages++) {
    const size = await box(oskar).evaluate((el) => el.scrollHeight);
    await oskar.page.evaluate(() => {
      const el = document.querySelector(".log-in") as HTMLElement;
      const watch = window as unknown as { jumps: number[]; done: boolean; shifts: number };
      [watch.jumps, watch.done, watch.shifts] = [[], false, 0];
      new PerformanceObserver((list) => {
        for (const one of list.getEntries() as (PerformanceEntry & { value: number })[]) watch.shifts += one.value;
      }).observe({ type: "layout-shift" });
      el.scrollTop = 500;
      let [key, y] = ["", 0];
      const look = (): void => {
        if (watch.done) return;
        const view = el.getBoundingClientRect();
        const here = document.querySelector<HTMLElement>(`article[data-key="${CSS.escape(key)}"]`);
        if (here && key) watch.jumps.push(here.getBoundingClientRect().top - y);
        const at = here ?? [...document.querySelectorAll<HTMLElement>("article.msg")].find((one) => one.getBoundingClientRect().top > view.top + 100);
        [key, y] = [at?.dataset["key"] ?? "", at?.getBoundingClientRect().top ?? 0];
        requestAnimationFrame(look);
      };
      requestAnimationFrame(() => requestAnimationFrame(look));
    });
    await expect.poll(() => box(oskar).evaluate((el) => el.scrollHeight)).toBeGreaterThan(size + 500);
    await middle(oskar);
    const { jumps, shifts } = await oskar.page.evaluate(() => {
      const watch = window as unknown as { jumps: number[]; done: boolean; shifts: number };
      watch.done = true;
      return { jumps: watch.jumps.filter((by) => Math.abs(by) >= 1), shifts: watch.shifts };
    });
    expect(jumps, `page ${pages}`).toEqual([]);
    expect(shifts, `shifts of the layout, page ${pages}`).toBe(0);
  }

  // New ones come in while one reads in the middle.
  const read = await settle(oskar, 2500);
  tell(sender, oskar.jid, "new", 0, 5);
  await expect(oskar.page.getByRole("button", { name: /new message|To the newest/ })).toBeVisible();
  await expect(oskar.page.locator(`.row[data-jid="${sender.jid}"]`)).toContainText("new 4");
  expect(await yOf(oskar, read.key)).toBe(read.y);

  // A picture that lies about its size comes late.
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => { release = resolve; });
  await oskar.page.route("**/file/**", async (route) => {
    await held;
    await route.fulfill({ contentType: "image/svg+xml", body: `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="900"/>` });
  });
  const url = `${server.url}/file/x/y/pier.png`;
  sender.send(`<message xmlns="jabber:client" to="${oskar.jid}" type="chat" id="pic"><body>${url}</body><file-sharing xmlns="urn:xmpp:sfs:0" disposition="inline"><file xmlns="urn:xmpp:file:metadata:0"><name>pier.png</name><media-type>image/png</media-type><width>400</width><height>300</height></file><sources><url-data xmlns="http://jabber.org/protocol/url-data" target="${url}"/></sources></file-sharing></message>`);
  tell(sender, oskar.jid, "after", 0, 3);
  await oskar.page.getByRole("button", { name: /new message|To the newest/ }).click();
  await expect(messages(oskar, "after 2")).toHaveCount(1);
  await expect(oskar.page.locator(".photo")).toBeVisible();
  const below = await middle(oskar);
  release();
  await expect.poll(() => oskar.page.locator(".photo img").evaluate((el: HTMLImageElement) => el.complete && el.naturalHeight)).toBe(900);
  expect(await yOf(oskar, below.key)).toBe(below.y);
  expect(oskar.faults).toEqual([]);
  await sender.stop();
});

test("who is at the end stays there while fifty messages a second arrive, and the page stays small", async ({ browser, server }) => {
  const [oskar, sender] = [await person(browser, server, fresh("oskar")), await raw(server, fresh("mira"))];
  tell(sender, oskar.jid, "calm", 0, 30);
  await talkTo(oskar, sender.jid);
  await oskar.page.getByRole("button", { name: /new message|To the newest/ }).click();
  await expect(messages(oskar, "calm 29")).toBeInViewport();
  for (let n = 0; n < 300; n += 10) {
    tell(sender, oskar.jid, "storm", n, n + 10);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await expect(messages(oskar, "storm 299")).toHaveCount(1);
  await expect.poll(() => atEnd(oskar)).toBe(true);
  await expect(messages(oskar, "storm 299")).toBeInViewport();
  expect(await oskar.page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(3000);
  expect(oskar.faults).toEqual([]);
  await sender.stop();
});

test("a link to a message far back opens in its context, which goes on both ways and ends in the log", async ({ browser, server }) => {
  const [oskar, sender] = [await person(browser, server, fresh("oskar")), await raw(server, fresh("mira"))];
  tell(sender, oskar.jid, "old", 0, 200);
  await talkTo(oskar, sender.jid);
  await expect(messages(oskar, "old 199")).toHaveCount(1);
  const found = await sender.request(`<iq xmlns="jabber:client" type="set" id="q"><query xmlns="urn:xmpp:mam:2" queryid="q"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>urn:xmpp:mam:2</value></field><field var="with"><value>${oskar.jid}</value></field></x><set xmlns="http://jabber.org/protocol/rsm"><max>31</max></set></query></iq>`);
  expect(found.attrs.type).toBe("result");
  // The archive of the other one has ids of its own: ours comes from the copied link.
  const result = sender.heard.filter((el) => el.getChild("result", "urn:xmpp:mam:2")).at(-1)?.getChild("result", "urn:xmpp:mam:2");
  expect(result?.toString()).toContain("old 30");
  await oskar.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await expect.poll(async () => { await box(oskar).evaluate((el) => { el.scrollTop = 0; }); return oskar.page.locator(".log-start").count(); }).toBe(1);
  await expect.poll(async () => { await box(oskar).evaluate((el) => { el.scrollTop += 200; }); return messages(oskar, "old 30").count(); }).toBe(1);
  await messages(oskar, "old 30").first().evaluate((el) => el.scrollIntoView({ block: "center" }));
  await middle(oskar);
  await messages(oskar, "old 30").first().hover();
  await messages(oskar, "old 30").first().getByRole("button", { name: "More", exact: true }).click();
  await oskar.page.getByRole("menuitem", { name: "Copy link" }).click();
  const link = await oskar.page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/\/c\/[^#]+#.+/);

  const other = await person(browser, server, oskar.name);
  await other.page.goto(link);
  await expect(other.page.locator("article.msg:focus")).toContainText("old 30");
  await expect(messages(other, "old 199")).toHaveCount(0);
  expect(new URL(other.page.url()).hash).toBe("");
  await expect.poll(async () => { await box(other).evaluate((el) => { el.scrollTop = 0; }); return messages(other, "old 0").count(); }).toBeGreaterThan(0);
  await expect.poll(async () => { await box(other).evaluate((el) => { el.scrollTop = el.scrollHeight; }); return messages(other, "old 199").count(); }).toBe(1);
  await expect(other.page.locator(".jump")).toHaveCount(0);
  tell(sender, oskar.jid, "last", 0, 1);
  await expect(messages(other, "last 0")).toBeInViewport();
  expect(await count(other)).toBeLessThan(120);
  expect([...oskar.faults, ...other.faults]).toEqual([]);
  await sender.stop();
});

test("to the first unread, even when it is not in the first page; and to a day", async ({ browser, server }) => {
  const [oskar, sender] = [await person(browser, server, fresh("oskar")), await raw(server, fresh("mira"))];
  tell(sender, oskar.jid, "seen", 0, 3);
  await talkTo(oskar, sender.jid);
  await expect(messages(oskar, "seen 2")).toHaveCount(1);
  await oskar.page.bringToFront();
  const row = oskar.page.locator(`.row[data-jid="${sender.jid}"]`);
  await expect(row.getByText(/unread message/)).toHaveCount(0);
  await oskar.page.goto("/");
  await oskar.page.locator(".rail").waitFor();
  tell(sender, oskar.jid, "fresh", 0, 130);
  await expect(row).toContainText("130 unread messages");
  await oskar.page.reload();
  await row.click();
  await expect(oskar.page.locator(".log .new")).toBeInViewport();
  await expect(messages(oskar, "fresh 0").first()).toBeInViewport();
  // A device that has kept nothing has read one page only.
  const other = await person(browser, server, oskar.name);
  await other.page.locator(`.row[data-jid="${sender.jid}"]`).click();
  await expect(messages(other, "fresh 129")).toBeInViewport();
  await other.page.getByRole("button", { name: /unread, go to the first/ }).click();
  await expect(other.page.locator(".log .new")).toBeInViewport();
  await expect(messages(other, "fresh 0").first()).toBeInViewport();
  await other.page.locator(".day button").first().click();
  await other.page.getByRole("dialog").getByLabel("Day").fill("2020-01-01");
  await other.page.getByRole("button", { name: "Go there" }).click();
  await expect(other.page.locator("article.msg:focus")).toContainText("seen 0");
  expect([...oskar.faults, ...other.faults]).toEqual([]);
  await sender.stop();
});

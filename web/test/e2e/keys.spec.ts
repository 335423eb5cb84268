// SPDX-License-Identifier: Apache-2.0
// Without a mouse: in, to a room, writing, editing, answering, reacting, a thread, a search, the settings and back. Somebody always sees
// where the focus is, and it is never nowhere.
import { PASSWORD, type Person, device, expect, fresh, messages, test } from "./bed.ts";
import { raw } from "./raw.ts";

interface Focus {
  what: string;
  isNowhere: boolean;
  isSeen: boolean;
}

/** Where the focus is, and whether a ring, a bar, or the caret of a field shows it. */
const focus = (one: Person): Promise<Focus> => one.page.evaluate(() => {
  const el = document.activeElement as HTMLElement | null;
  if (!el || el === document.body) return { what: "nothing", isNowhere: true, isSeen: false };
  const box = el.getBoundingClientRect();
  const isField = el.isContentEditable || el.matches("input, textarea, select");
  const style = getComputedStyle(el);
  const ring = style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 1.5;
  const inView = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && box.width > 0 && box.height > 0;
  return { what: `${el.tagName} ${el.className} ${el.ariaLabel ?? el.textContent?.slice(0, 40) ?? ""}`, isNowhere: false, isSeen: inView && (ring || isField) };
});

async function isShown(one: Person, when: string): Promise<void> {
  await expect.poll(async () => { const now = await focus(one); return now.isNowhere || !now.isSeen ? `${when}: ${now.what}` : "seen"; }).toBe("seen");
}

/** Presses a key until the focus is on what is wanted. */
async function walkTo(one: Person, wanted: string, key: string, most = 60): Promise<void> {
  for (let i = 0; i < most; i++) {
    if (await one.page.evaluate((css) => document.activeElement?.matches(css) ?? false, wanted)) return isShown(one, wanted);
    await one.page.keyboard.press(key);
  }
  throw new Error(`${key} never came to ${wanted}; it is at ${(await focus(one)).what}`);
}

test("from the door to the settings and back by keys alone", async ({ browser, server }) => {
  const [name, friend] = [fresh("mira"), fresh("oskar")];
  server.addUser(name);
  const oskar = await raw(server, friend);
  const room = `deck${fresh("r")}@conference.localhost`;
  oskar.send(`<presence xmlns="jabber:client" to="${room}/oskar"><x xmlns="http://jabber.org/protocol/muc"/></presence>`);
  await oskar.hears((el) => el.name === "presence" && el.attrs.from === `${room}/oskar`);
  await oskar.request(`<iq xmlns="jabber:client" type="set" id="c" to="${room}"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>http://jabber.org/protocol/muc#roomconfig</value></field><field var="muc#roomconfig_roomname"><value>Harbour deck</value></field></x></query></iq>`);
  await oskar.request(`<iq xmlns="jabber:client" type="set" id="m" to="${room}"><query xmlns="http://jabber.org/protocol/muc#admin"><item jid="${name}@localhost" affiliation="member"/></query></iq>`);
  oskar.send(`<message xmlns="jabber:client" to="${room}" type="groupchat" id="o1"><body>Who takes the ropes?</body></message>`);

  const mira = await device(browser, server, name);
  const { page } = mira;
  const { keyboard } = page;
  await expect(page.getByLabel("Address")).toBeFocused();
  await keyboard.type(name);
  await keyboard.press("Tab");
  await keyboard.type(PASSWORD);
  await keyboard.press("Enter");
  await page.locator(".app").waitFor();
  await page.locator(".row", { hasText: "Harbour deck" }).waitFor();
  await isShown(mira, "first screen");

  await keyboard.press("Control+k");
  await expect(page.getByRole("combobox", { name: "Search or jump to" })).toBeFocused();
  await keyboard.type("harbour");
  await keyboard.press("Enter");
  await expect(page.locator("#composer")).toBeFocused();
  await expect(messages(mira, "Who takes the ropes?")).toBeVisible();
  await keyboard.type("I do, if it si dry");
  await keyboard.press("Enter");
  await expect(messages(mira, "if it si dry").getByText(/^(sent|delivered|read)$/)).toBeAttached();
  await expect(page.locator("#composer")).toBeFocused();

  await keyboard.press("ArrowUp");
  await expect(page.locator("#composer")).toHaveText("I do, if it si dry");
  for (let i = 0; i < 6; i++) await keyboard.press("Backspace");
  await keyboard.type("is dry");
  await keyboard.press("Enter");
  await expect(messages(mira, "if it is dry").getByRole("button", { name: "edited" })).toBeVisible();
  await expect(page.locator("#composer")).toBeFocused();

  // F6 leads to the messages, the arrows from one to the next.
  await walkTo(mira, "article.msg", "F6", 12);
  await keyboard.press("Home");
  await expect(page.locator("article.msg:focus")).toContainText("Who takes the ropes?");
  await isShown(mira, "a message");
  await keyboard.press("r");
  await expect(page.locator("#composer")).toBeFocused();
  await keyboard.type("And I bring coffee");
  await keyboard.press("Enter");
  await expect(messages(mira, "And I bring coffee").locator(".quote")).toContainText("Who takes the ropes?");

  await walkTo(mira, "article.msg", "F6", 12);
  await keyboard.press("Home");
  await keyboard.press("+");
  await expect(page.getByRole("dialog").getByRole("searchbox").or(page.getByRole("combobox", { name: "Search emoji" }))).toBeFocused();
  await keyboard.type("anchor");
  await expect(page.getByRole("option", { name: "anchor" }).or(page.getByRole("button", { name: "anchor" })).or(page.getByRole("gridcell", { name: "anchor" })).first()).toBeVisible();
  await keyboard.press("Enter");
  await expect(messages(mira, "Who takes the ropes?").locator(".react:not(.add)")).toHaveCount(1);
  await isShown(mira, "after a reaction");

  await walkTo(mira, "article.msg", "F6", 12);
  await keyboard.press("Home");
  await keyboard.press("t");
  await expect(page.locator("#composer-thread")).toBeFocused();
  await keyboard.type("Which ropes are they?");
  await keyboard.press("Enter");
  await expect(page.locator(".pane article.msg", { hasText: "Which ropes" })).toBeVisible();
  await keyboard.press("Escape");
  await expect(page.getByRole("complementary", { name: "Thread" })).toHaveCount(0);
  await isShown(mira, "after a thread");

  await keyboard.press("Control+Shift+F");
  await expect(page.getByRole("combobox", { name: /Words/ })).toBeFocused();
  await keyboard.type("ropes");
  await expect(page.getByRole("list", { name: "Results" }).locator(".hit")).not.toHaveCount(0);
  await walkTo(mira, ".hit", "Tab", 20);
  await keyboard.press("Enter");
  await expect(page.locator("article.msg:focus")).toContainText("ropes");
  await isShown(mira, "what was found");

  await keyboard.press("Control+k");
  await keyboard.type("appearance");
  await keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Appearance" })).toBeVisible();
  await isShown(mira, "settings");
  await walkTo(mira, "main [aria-label='Theme'] *", "Tab", 40);
  await walkTo(mira, "a[href='/']", "Shift+Tab", 60);
  await keyboard.press("Enter");
  await expect(page.getByRole("navigation", { name: "Conversations" })).toBeVisible();
  await isShown(mira, "the list again");
  expect(mira.faults).toEqual([]);
  await oskar.stop();
});

test("Tab goes round everything and is held nowhere", async ({ browser, server }) => {
  const name = fresh("mira");
  server.addUser(name);
  const oskar = await raw(server, fresh("oskar"));
  oskar.send(`<message xmlns="jabber:client" to="${name}@localhost" type="chat" id="o1"><body>Good morning, see https://tideline.example/</body></message>`);
  const mira = await device(browser, server, name);
  const { page } = mira;
  await page.getByLabel("Address").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.locator(".app").waitFor();
  await page.locator(`.row[data-jid="${oskar.jid}"]`).waitFor();
  for (const path of [`/c/${oskar.jid}`, "/settings/look", "/people", "/rooms", "/search", "/catch-up"]) {
    await page.goto(path);
    await page.locator("main").first().waitFor();
    if (path.startsWith("/c/")) await messages(mira, "Good morning").waitFor();
    for (const key of ["Tab", "Shift+Tab"]) {
      const seen = new Set<string>();
      let [rounds, last] = [0, ""];
      for (let i = 0; i < 70 && rounds < 2; i++) {
        await page.keyboard.press(key);
        const now = await focus(mira);
        if (now.isNowhere) rounds++; // the window itself
        else expect(now.isSeen, `${path}, ${key}: ${now.what}`).toBe(true);
        expect(now.what === last && !now.isNowhere && seen.size === 1, `${path}: ${key} stays at ${now.what}`).toBe(false);
        last = now.what;
        seen.add(now.what);
      }
      expect(rounds, `${path}: ${key} never comes out: ${[...seen].join(" | ")}`).toBeGreaterThan(0);
      expect(seen.size, path).toBeGreaterThan(6);
    }
  }
  expect(mira.faults).toEqual([]);
  await oskar.stop();
});

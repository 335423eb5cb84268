// SPDX-License-Identifier: Apache-2.0
// What is done with messages: reply, edit, react, take back, forward, link, mark unread; by pointer and by keys.
import { type Server, expect, fresh, messages, type Person, person, say, talkTo, test } from "./bed.ts";
import type { Browser } from "@playwright/test";
import { raw } from "./raw.ts";

/** Two people who talk with one another. */
async function pair(browser: Browser, server: Server): Promise<[Person, Person]> {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await talkTo(mira, oskar.jid);
  await talkTo(oskar, mira.jid);
  return [mira, oskar];
}

/** Chooses something in the menu of a message. */
async function choose(one: Person, text: string, name: string): Promise<void> {
  await messages(one, text).hover();
  await messages(one, text).getByRole("button", { name: "More", exact: true }).click();
  await one.page.getByRole("menuitem", { name }).click();
}

const arrived = (one: Person, text: string) => expect(messages(one, text)).toHaveCount(1);

test("a reply quotes, and the quote leads to what it answers", async ({ browser, server }) => {
  const [mira, oskar] = await pair(browser, server);
  await say(mira, "Is the ramp open?");
  await arrived(oskar, "Is the ramp open?");
  await messages(oskar, "Is the ramp open?").hover();
  await oskar.page.getByRole("toolbar", { name: "Message tools" }).getByRole("button", { name: "Reply" }).click();
  await expect(oskar.page.locator(".ctx")).toContainText("Is the ramp open?");
  await say(oskar, "Since seven");
  await arrived(mira, "Since seven");
  const quote = messages(mira, "Since seven").locator(".quote");
  await expect(quote).toContainText("Is the ramp open?");
  await expect(messages(mira, "Since seven").locator(".words")).toHaveText("Since seven");
  await quote.click();
  await expect(mira.page.locator("article.msg:focus .words")).toHaveText("Is the ramp open?");
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("an edit shows with both, with its history, after a reload, too", async ({ browser, server }) => {
  const [mira, oskar] = await pair(browser, server);
  await say(mira, "The ferry goes at nien");
  await arrived(oskar, "nien");
  await expect(messages(mira, "nien").getByText(/^(sent|read|delivered)$/)).toBeAttached();
  await choose(mira, "nien", "Edit");
  await say(mira, "The ferry goes at nine");
  for (const one of [mira, oskar]) {
    await expect(one.page.locator("article.msg .words")).toHaveText(/The ferry goes at nine\s*edited/);
    await one.page.getByRole("button", { name: "edited" }).click();
    await expect(one.page.getByRole("dialog", { name: "Versions of this message" })).toContainText("The ferry goes at nien");
    await one.page.keyboard.press("Escape");
  }
  await oskar.page.reload();
  await expect(oskar.page.locator("article.msg .words")).toHaveText(/The ferry goes at nine\s*edited/);
  await oskar.page.getByRole("button", { name: "edited" }).click();
  await expect(oskar.page.locator(".versions li")).toHaveCount(2);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("reactions: quick ones, the picker by keys, who, and away again", async ({ browser, server }) => {
  const [mira, oskar] = await pair(browser, server);
  await say(mira, "We sail on Sunday");
  await arrived(oskar, "We sail");
  await messages(oskar, "We sail").hover();
  await oskar.page.getByRole("button", { name: "React with 👍" }).click();
  await expect(messages(mira, "We sail").getByRole("button", { name: "👍, 1" })).toBeVisible();
  await messages(mira, "We sail").getByRole("button", { name: "👍, 1" }).click();
  await expect(messages(oskar, "We sail").getByRole("button", { name: "👍, 2, with yours" })).toBeVisible();
  await messages(oskar, "We sail").focus();
  await oskar.page.keyboard.press("+");
  const search = oskar.page.getByRole("combobox", { name: "Search emoji" });
  await search.fill("sailboat");
  await expect(oskar.page.getByRole("option", { name: "sailboat" })).toHaveAttribute("aria-selected", "true");
  await search.press("Enter");
  await expect(messages(mira, "We sail").getByRole("button", { name: "⛵, 1" })).toBeVisible();
  await messages(mira, "We sail").getByRole("button", { name: "👍, 2" }).click({ button: "right" });
  await expect(mira.page.getByRole("dialog", { name: "Who reacted" })).toContainText("You");
  await mira.page.keyboard.press("Escape");
  await messages(oskar, "We sail").getByRole("button", { name: "👍, 2, with yours" }).click();
  await expect(messages(mira, "We sail").getByRole("button", { name: "👍, 1, with yours" })).toBeVisible();
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("taking back can be undone, and else is for all", async ({ browser, server }) => {
  const [mira, oskar] = await pair(browser, server);
  await say(mira, "The code is 4711");
  await arrived(oskar, "4711");
  await expect(messages(mira, "4711").getByText(/^(sent|read|delivered)$/)).toBeAttached();
  await choose(mira, "4711", "Take back for everybody");
  await expect(mira.page.locator("article.msg")).toHaveText(/You took this message back/);
  await mira.page.getByRole("button", { name: "Undo" }).click();
  await arrived(mira, "4711");
  await choose(mira, "4711", "Take back for everybody");
  await mira.page.locator(".toast").getByRole("button", { name: "Close" }).click();
  await expect(oskar.page.locator("article.msg")).toHaveText(/took this message back/);
  await oskar.page.reload();
  await expect(oskar.page.locator("article.msg")).toHaveText(/took this message back/);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("a message goes on to several others at once", async ({ browser, server }) => {
  const [mira, oskar] = await pair(browser, server);
  const [ines, kofi] = [await person(browser, server, fresh("ines")), await raw(server, fresh("kofi"))];
  await talkTo(oskar, kofi.jid);
  await talkTo(oskar, ines.jid);
  await talkTo(oskar, mira.jid);
  await say(mira, "The tide table is wrong");
  await arrived(oskar, "tide table");
  await choose(oskar, "tide table", "Forward");
  const dialog = oskar.page.getByRole("dialog", { name: "Forward to" });
  await oskar.page.getByRole("combobox", { name: "Search conversations" }).fill(ines.name);
  await oskar.page.keyboard.press("Enter");
  await expect(dialog.getByRole("option", { name: ines.name })).toHaveAttribute("aria-selected", "true");
  await dialog.getByRole("option", { name: mira.name }).click();
  await dialog.getByRole("option", { name: kofi.jid.split("@")[0] ?? "" }).click();
  await dialog.getByRole("button", { name: `Take out ${mira.name}` }).click();
  await dialog.getByRole("button", { name: "Forward to 2" }).click();
  await expect(oskar.page.getByText("Forwarded to 2 conversations")).toBeVisible();
  await kofi.hears((el) => el.toString().includes("The tide table is wrong"));
  await kofi.stop();
  await talkTo(ines, oskar.jid);
  await expect(messages(ines, "The tide table is wrong").locator("blockquote")).toHaveText("The tide table is wrong");
  await expect(messages(ines, mira.name)).toHaveCount(1);
  expect([...mira.faults, ...oskar.faults, ...ines.faults]).toEqual([]);
});

test("marked unread from here: the line, the list, and not read by looking", async ({ browser, server }) => {
  const [mira, oskar] = await pair(browser, server);
  for (const text of ["one", "two", "three"]) await say(mira, `number ${text}`);
  await arrived(oskar, "number three");
  await oskar.page.bringToFront();
  await expect(oskar.page.locator(`.row[data-jid="${mira.jid}"]`).getByText(/unread message/)).toHaveCount(0);
  await choose(oskar, "number two", "Mark unread from here");
  const line = oskar.page.locator(".log .new");
  await expect(line).toBeVisible();
  const row = oskar.page.locator(`.row[data-jid="${mira.jid}"]`);
  await expect(row.getByText("marked unread")).toBeAttached();
  await say(mira, "number four");
  await arrived(oskar, "number four");
  await expect(row.getByText("1 unread message")).toBeAttached();
  await line.getByRole("button", { name: "Mark read" }).click();
  await expect(row.getByText(/unread/)).toHaveCount(0);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("the whole of it by keys: walk, menu, reply, details", async ({ browser, server }) => {
  const [mira, oskar] = await pair(browser, server);
  for (const text of ["first", "second", "third"]) await say(mira, `the ${text}`);
  await arrived(oskar, "the third");
  const { page } = oskar;
  await page.getByRole("textbox", { name: /^Message / }).focus();
  await page.locator('article.msg[tabindex="0"]').focus();
  await page.keyboard.press("Home");
  await expect(page.locator("article.msg:focus")).toContainText("the first");
  await page.keyboard.press("ArrowDown");
  await expect(page.locator("article.msg:focus")).toContainText("the second");
  await expect(page.getByRole("toolbar", { name: "Message tools" })).toBeVisible();
  await page.keyboard.press("Shift+F10");
  await page.getByRole("menuitem", { name: "Message details" }).press("Enter");
  await expect(page.getByRole("dialog", { name: "Message details" })).toContainText(mira.name);
  await page.keyboard.press("Escape");
  await expect(page.locator("article.msg:focus")).toContainText("the second");
  await page.keyboard.press("r");
  await expect(page.getByRole("textbox", { name: /^Message / })).toBeFocused();
  await expect(page.locator(".ctx")).toContainText("the second");
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

/** A public room, made by the one. */
async function publicRoom(one: Person): Promise<string> {
  const name = `Deck ${fresh("deck")}`;
  await one.page.getByRole("link", { name: "Public rooms and new ones" }).click();
  await one.page.getByRole("button", { name: "New room" }).click();
  await one.page.getByLabel("Name", { exact: true }).fill(name);
  await one.page.locator("label", { has: one.page.locator("input.switch") }).click();
  await one.page.getByRole("button", { name: "Make the room" }).click();
  await expect(one.page.getByRole("heading", { level: 1, name })).toBeVisible();
  return decodeURIComponent(new URL(one.page.url()).pathname.slice("/c/".length));
}

test("in a room: guests come and go, the topic, who has read, and the ticks only go forwards", async ({ browser, server }) => {
  const [mira, oskar, guest] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar")), await raw(server, fresh("guest"))];
  const room = await publicRoom(mira);
  await say(mira, "nobody is here yet");
  await expect(messages(mira, "nobody is here").getByText("sent", { exact: true })).toBeAttached();
  await mira.page.reload();
  await expect(messages(mira, "nobody is here").getByText("sent", { exact: true })).toBeAttached();
  await expect(mira.page.getByRole("button", { name: "Members" })).toHaveText("1");
  guest.send(`<presence xmlns="jabber:client" to="${room}/Guest"><x xmlns="http://jabber.org/protocol/muc"/></presence>`);
  await expect(mira.page.locator(".event", { hasText: "Guest came" })).toBeVisible();
  await say(mira, "welcome on deck");
  await expect(messages(mira, "welcome on deck").getByText("sent", { exact: true })).toBeAttached();
  guest.send(`<presence xmlns="jabber:client" to="${room}/Guest" type="unavailable"/>`);
  await expect(mira.page.locator(".event", { hasText: "Guest left" })).toBeVisible();
  await talkTo(oskar, room);
  await expect(messages(oskar, "welcome on deck")).toHaveCount(1);
  await oskar.page.bringToFront();
  await expect(messages(mira, "welcome on deck").getByText("read", { exact: true })).toBeAttached();
  await expect(messages(mira, "welcome on deck").locator(".readers")).toContainText(oskar.name);
  await say(mira, "and another one");
  await expect(messages(oskar, "and another one")).toHaveCount(1);
  await oskar.page.bringToFront();
  await expect(messages(mira, "and another one").locator(".readers")).toContainText(oskar.name);
  await expect(mira.page.locator(".readers")).toHaveCount(1);
  await choose(mira, "welcome on deck", "Message details");
  await expect(mira.page.getByRole("dialog", { name: "Message details" })).toContainText(oskar.name);
  await mira.page.keyboard.press("Escape");
  await mira.page.reload();
  await expect(messages(mira, "and another one").getByText("read", { exact: true })).toBeAttached();
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
  await guest.stop();
});

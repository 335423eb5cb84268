// SPDX-License-Identifier: Apache-2.0
// Rooms: made in ten seconds, found, entered, members.
import type { Locator } from "@playwright/test";
import { type Person, expect, fresh, messages, person, say, test } from "./bed.ts";
import { raw } from "./raw.ts";

/** A red square, 8 by 8. */
const PICTURE = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC", "base64");

test("a room is made with a name, somebody is invited and talks, both stand in its members", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  const name = `Winter ${fresh("timetable")}`;
  await mira.page.getByRole("link", { name: "Public rooms and new ones" }).click();
  await mira.page.getByRole("button", { name: "New room" }).click();
  await mira.page.getByLabel("Name", { exact: true }).fill(name);
  await mira.page.getByRole("textbox", { name: "People" }).fill(oskar.name);
  await mira.page.getByRole("button", { name: "Make the room" }).click();
  await expect(mira.page.getByRole("heading", { level: 1, name })).toBeVisible();
  await say(mira, "first words");
  await expect(messages(mira, "first words").getByText("sent")).toBeAttached();
  await oskar.page.locator(".row", { hasText: "first words" }).click();
  await expect(messages(oskar, "first words")).toHaveCount(1);
  await say(oskar, "an answer");
  await expect(messages(mira, "an answer")).toHaveCount(1);
  await mira.page.getByRole("button", { name: "Members" }).click();
  await expect(mira.page.getByRole("complementary", { name: "Members" })).toContainText(oskar.name);
  await expect(mira.page.getByRole("complementary", { name: "Members" })).toContainText("Owners");
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("who is in a room with me is found by name, wherever people are looked for", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await mira.page.goto("/rooms");
  await mira.page.getByRole("button", { name: "New room" }).click();
  await mira.page.getByLabel("Name", { exact: true }).fill(`Crew ${fresh("deck")}`);
  await mira.page.getByRole("textbox", { name: "People" }).fill(oskar.name);
  await mira.page.getByRole("button", { name: "Make the room" }).click();
  await say(mira, "all hands");
  await oskar.page.locator(".row", { hasText: "all hands" }).click();
  await expect(messages(oskar, "all hands")).toHaveCount(1);
  const part = oskar.name.slice(0, -2);
  await mira.page.keyboard.press("Control+k");
  await mira.page.keyboard.type(part);
  await expect(mira.page.getByRole("option", { name: oskar.name })).toBeVisible();
  await mira.page.keyboard.press("Escape");
  await mira.page.goto("/people");
  await expect(mira.page.getByRole("region", { name: "In your rooms and on this server" })).toContainText(oskar.jid);
  await mira.page.getByRole("button", { name: "New conversation" }).click();
  await mira.page.getByRole("dialog").getByLabel("Name or address").fill(part);
  await mira.page.getByRole("dialog").getByRole("option", { name: oskar.name }).click();
  await expect(mira.page).toHaveURL(`/c/${encodeURI(oskar.jid)}`);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("a public room is found by a word and entered, and stays after a reload", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  const name = `Harbour ${fresh("voices")}`;
  await mira.page.goto("/rooms");
  await mira.page.getByRole("button", { name: "New room" }).click();
  await mira.page.getByLabel("Name", { exact: true }).fill(name);
  await mira.page.getByText("Everybody may find it and come in").click();
  await mira.page.getByRole("button", { name: "Make the room" }).click();
  await say(mira, "ahoy");
  await oskar.page.goto("/rooms");
  await oskar.page.getByLabel("Search names and descriptions").fill(name.split(" ")[1] ?? "");
  await oskar.page.getByRole("listitem").filter({ hasText: name }).getByRole("button", { name: "Enter" }).click();
  await expect(messages(oskar, "ahoy")).toHaveCount(1);
  await expect(oskar.page.locator(".row", { hasText: name })).toHaveCount(1);
  await oskar.page.goto("/");
  await expect(oskar.page.locator(".row", { hasText: name })).toHaveCount(1);
});

/** A room of mira's, opened by oskar by its address. */
async function roomOf(mira: Person, name: string, isPublic: boolean): Promise<string> {
  await mira.page.goto("/rooms");
  await mira.page.getByRole("button", { name: "New room" }).click();
  await mira.page.getByLabel("Name", { exact: true }).fill(name);
  if (isPublic) await mira.page.getByText("Everybody may find it and come in").click();
  await mira.page.getByRole("button", { name: "Make the room" }).click();
  await expect(mira.page.getByRole("heading", { level: 1, name })).toBeVisible();
  return new URL(mira.page.url()).pathname;
}

async function change(mira: Person, set: (settings: Locator) => Promise<void>): Promise<void> {
  await mira.page.getByRole("button", { name: "Details" }).click();
  await mira.page.getByRole("button", { name: "Settings of the room" }).click();
  const settings = mira.page.getByRole("dialog", { name: /^Settings of/ });
  await settings.getByLabel("Name", { exact: true }).waitFor();
  await set(settings);
  await settings.getByRole("button", { name: "Save" }).click();
  await expect(settings).toHaveCount(0);
}

test("a room asks for its password, and knows it the next time", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  const path = await roomOf(mira, `Vault ${fresh("door")}`, true);
  await change(mira, async (settings) => {
    await settings.getByRole("switch", { name: "Ask for a password" }).check();
    await settings.getByLabel("Password of the room").fill("mellon");
  });
  await say(mira, "inside");
  await oskar.page.goto(path);
  await oskar.page.getByLabel("Password of the room").fill("friend");
  await oskar.page.getByRole("button", { name: "Enter", exact: true }).click();
  await expect(oskar.page.getByRole("alert")).toContainText("wants a password");
  await oskar.page.getByLabel("Password of the room").fill("mellon");
  await oskar.page.getByRole("button", { name: "Enter", exact: true }).click();
  await expect(oskar.page.getByLabel("Password of the room")).toHaveCount(0);
  await say(oskar, "in at last");
  await expect(messages(mira, "in at last")).toHaveCount(1);
  await oskar.page.reload();
  await say(oskar, "and again");
  await expect(messages(mira, "and again")).toHaveCount(1);
  await expect(oskar.page.getByLabel("Password of the room")).toHaveCount(0);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("who is no member asks, an owner says yes, and the room opens by itself", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  const name = `Crew ${fresh("night")}`;
  const path = await roomOf(mira, name, false);
  await say(mira, "for members");
  await oskar.page.goto(path);
  await oskar.page.getByRole("button", { name: "Ask to be a member" }).click();
  const ask = mira.page.getByRole("list", { name: "Requests" }).getByRole("listitem");
  await expect(ask).toContainText(`wants to be a member of ${name}`);
  await ask.getByRole("button", { name: "Accept" }).click();
  await expect(ask).toHaveCount(0);
  await say(oskar, "thank you");
  await expect(messages(mira, "thank you")).toHaveCount(1);
  await expect(oskar.page.getByRole("alert")).toHaveCount(0);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("a guest of an announcement room asks for the word and gets it", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  const path = await roomOf(mira, `News ${fresh("horn")}`, true);
  await change(mira, (settings) => settings.getByText("Members, and who was given the word").click());
  await oskar.page.goto(path);
  await oskar.page.getByRole("button", { name: "Ask for the word" }).click();
  await expect(oskar.page.getByText("A moderator gives the word")).toBeVisible();
  const ask = mira.page.getByRole("list", { name: "Requests" }).getByRole("listitem");
  await expect(ask).toContainText("asks for the word");
  await ask.getByRole("button", { name: "Accept" }).click();
  await say(oskar, "my word");
  await expect(messages(mira, "my word")).toHaveCount(1);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("slow mode says when one may write again", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  const path = await roomOf(mira, `Slow ${fresh("boat")}`, true);
  await change(mira, async (settings) => void (await settings.getByRole("combobox", { name: "Slow mode" }).selectOption("300")));
  await oskar.page.goto(path);
  await say(oskar, "first");
  await expect(messages(mira, "first")).toHaveCount(1);
  await expect(oskar.page.getByText(/^Slow mode: you may write again in \d+ seconds?\.$/)).toBeVisible();
  await say(oskar, "second");
  await expect(oskar.page.getByRole("textbox", { name: /^Message / })).toContainText("second");
  await say(mira, "owners may");
  await say(mira, "at any time");
  await expect(messages(oskar, "at any time")).toHaveCount(1);
  await expect(messages(mira, "second")).toHaveCount(0);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("an invitation is a card: declined it goes, accepted it opens the room; a taken name asks for another", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  const name = `Pier ${fresh("lamp")}`;
  const path = await roomOf(mira, name, true);
  await oskar.page.getByRole("button", { name: /^You:/ }).click();
  await oskar.page.getByRole("menuitem", { name: "Name, picture and state" }).click();
  await oskar.page.getByLabel("Your name").fill(mira.name);
  await oskar.page.getByRole("button", { name: "Save" }).click();
  await expect(oskar.page.getByRole("button", { name: new RegExp(`^You: ${mira.name}`) })).toBeVisible();
  const invite = async (): Promise<void> => {
    await mira.page.getByRole("textbox", { name: "Invite by name or address" }).fill(oskar.name);
    await mira.page.getByRole("button", { name: "Invite", exact: true }).click();
  };
  await mira.page.getByRole("button", { name: "Members" }).click();
  await invite();
  await oskar.page.getByRole("link", { name: `invites you to` }).click();
  const ask = oskar.page.getByRole("list", { name: "Requests" }).getByRole("listitem");
  await ask.getByRole("button", { name: "Decline" }).click();
  await expect(ask).toHaveCount(0);
  await invite();
  await ask.getByRole("button", { name: "Accept" }).click();
  await expect(oskar.page).toHaveURL(new RegExp(path));
  await oskar.page.getByLabel("Your name in this room").fill("captain");
  await oskar.page.getByRole("button", { name: "Enter", exact: true }).click();
  await expect(oskar.page.getByLabel("Your name in this room")).toHaveCount(0);
  await say(oskar, "under another name");
  await expect(messages(mira, "under another name")).toContainText("captain");
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("a name in the log and in the members opens the card", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await mira.page.goto("/rooms");
  await mira.page.getByRole("button", { name: "New room" }).click();
  await mira.page.getByLabel("Name", { exact: true }).fill(`Deck ${fresh("card")}`);
  await mira.page.getByRole("textbox", { name: "People" }).fill(oskar.name);
  await mira.page.getByRole("button", { name: "Make the room" }).click();
  await say(mira, "hello deck");
  await oskar.page.locator(".row", { hasText: "hello deck" }).click();
  await messages(oskar, "hello deck").getByRole("button", { name: mira.name, exact: true }).click();
  const card = oskar.page.getByRole("dialog", { name: mira.name });
  await expect(card).toContainText(mira.jid);
  await expect(card.getByRole("link", { name: /^Deck/ })).toBeVisible(); // a room that both are in
  await oskar.page.keyboard.press("Escape");
  await expect(card).toHaveCount(0);
  await oskar.page.getByRole("button", { name: "Members" }).click();
  await oskar.page.getByRole("complementary", { name: "Members" }).getByRole("button", { name: mira.name, exact: true }).press("Enter");
  await expect(card).toContainText(mira.jid);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("who speaks in a room has his own face there, whether he is a contact or not", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await oskar.page.getByRole("button", { name: /^You:/ }).click();
  await oskar.page.getByRole("menuitem", { name: "Name, picture and state" }).click();
  await oskar.page.getByLabel("Picture").setInputFiles({ name: "me.png", mimeType: "image/png", buffer: PICTURE });
  await oskar.page.getByText("Your picture was set").waitFor();
  await oskar.page.getByRole("button", { name: "Save" }).click();
  await mira.page.goto("/rooms");
  await mira.page.getByRole("button", { name: "New room" }).click();
  await mira.page.getByLabel("Name", { exact: true }).fill(`Deck ${fresh("faces")}`);
  await mira.page.getByRole("textbox", { name: "People" }).fill(oskar.name);
  await mira.page.getByRole("button", { name: "Make the room" }).click();
  await say(mira, "hello deck");
  await oskar.page.locator(".row", { hasText: "hello deck" }).click();
  await say(oskar, "it is me");
  const face = messages(mira, "it is me").locator(".msg-head").locator("xpath=preceding-sibling::*").locator("img");
  await expect(face).toHaveAttribute("src", /^data:image\/png/);
  await expect(messages(oskar, "hello deck").locator("img")).toHaveCount(0);
  await mira.page.reload();
  await expect(face).toHaveAttribute("src", /^data:image\/png/);
  await oskar.page.context().close();
  await mira.page.reload();
  await expect(face).toHaveAttribute("src", /^data:image\/png/);
  expect(mira.faults).toEqual([]);
});

test("a room that is deleted says so and shows the way to the next", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  const next = await roomOf(mira, `New ${fresh("quay")}`, true);
  const path = await roomOf(mira, `Old ${fresh("quay")}`, true);
  await oskar.page.goto(path);
  await say(oskar, "here I am");
  await mira.page.getByRole("button", { name: "Details" }).click();
  await mira.page.getByRole("button", { name: "Settings of the room" }).click();
  await mira.page.getByRole("button", { name: "Delete this room" }).click();
  await mira.page.getByLabel("Reason, which everybody sees").fill("We have moved.");
  await mira.page.getByLabel("Another room instead").fill(next.replace("/c/", ""));
  await mira.page.getByRole("button", { name: "Delete for everybody" }).click();
  await expect(oskar.page.getByRole("alert")).toContainText("We have moved.");
  await oskar.page.getByRole("button", { name: /^Go to/ }).click();
  await expect(oskar.page).toHaveURL(new RegExp(next));
  await say(oskar, "found it");
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("a list of members that is longer than a page comes as one goes down in it, and all of it to look for a name", async ({ browser, server }) => {
  const mira = await person(browser, server, fresh("mira"));
  const owner = await raw(server, fresh("owner"));
  const room = `${fresh("crowd")}@conference.localhost`;
  owner.send(`<presence to='${room}/owner'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
  await owner.request(`<iq type='set' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>
    <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field><field var='muc#roomconfig_whois'><value>anyone</value></field></x></query></iq>`);
  const jids = [mira.jid, ...Array.from({ length: 240 }, (_, i) => `m${String(i).padStart(3, "0")}@verona.example`)];
  await owner.request(`<iq type='set' to='${room}'><query xmlns='http://jabber.org/protocol/muc#admin'>${jids.map((jid) => `<item affiliation='member' jid='${jid}'/>`).join("")}</query></iq>`);
  await mira.page.goto(`/c/${room}`);
  await mira.page.getByRole("button", { name: "Members" }).click();
  const pane = mira.page.getByRole("complementary", { name: "Members" });
  await expect(pane.getByRole("heading", { name: "Members 241" })).toBeVisible();
  const list = pane.locator(".members-list");
  await expect(async () => {
    await list.evaluate((el) => el.scrollTo(0, el.scrollHeight));
    await expect(pane.getByText("m239", { exact: true })).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 20_000 });
  await mira.page.reload();
  await pane.getByLabel("Search people").fill("m238");
  await expect(pane.getByText("m238", { exact: true })).toBeVisible();
  await expect(pane.getByRole("heading", { name: "Members 1" })).toBeVisible();
  expect(mira.faults).toEqual([]);
  await owner.stop();
});

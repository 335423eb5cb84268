// SPDX-License-Identifier: Apache-2.0
// What is pinned: in a room by who may, in a chat by both; on all devices, with edits, without what was taken back.
import type { Locator } from "@playwright/test";
import { expectNoFaults } from "./axe.ts";
import { expect, fresh, messages, type Person, person, say, talkTo, test } from "./bed.ts";
import { raw } from "./raw.ts";

/** Chooses something in the menu of a message. */
async function choose(one: Person, text: string, name: string): Promise<void> {
  await messages(one, text).focus();
  await one.page.keyboard.press("Shift+F10");
  await one.page.getByRole("menuitem", { name, exact: true }).click();
}

const button = (one: Person, n: number): Locator => one.page.getByRole("button", { name: n === 1 ? "1 pinned message" : `${n} pinned messages`, exact: true });
const cards = (one: Person): Locator => one.page.getByRole("complementary", { name: "Pinned messages" }).locator(".pin-card");
const there = (one: Person, text: string): Promise<void> => expect(messages(one, text)).toHaveCount(1);
const sent = (one: Person, text: string): Promise<void> => expect(messages(one, text).getByText(/^(sent|delivered|read)$/)).toBeAttached();

async function publicRoom(one: Person): Promise<string> {
  const name = `Quay ${fresh("quay")}`;
  await one.page.getByRole("link", { name: "Public rooms and new ones" }).click();
  await one.page.getByRole("button", { name: "New room" }).click();
  await one.page.getByLabel("Name", { exact: true }).fill(name);
  await one.page.locator("label", { has: one.page.locator("input.switch") }).click();
  await one.page.getByRole("button", { name: "Make the room" }).click();
  await expect(one.page.getByRole("heading", { level: 1, name })).toBeVisible();
  return decodeURIComponent(new URL(one.page.url()).pathname.slice("/c/".length));
}

test("in a room: who may pins, everybody hears it, sees it on every device, and finds the way", async ({ browser, server }) => {
  test.setTimeout(180_000);
  const name = fresh("oskar");
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, name)];
  const room = await publicRoom(mira);
  await talkTo(oskar, room);
  await say(oskar, "The tide turns at sixx");
  await sent(oskar, "sixx");
  await there(mira, "sixx");
  await choose(mira, "sixx", "Pin");
  for (const one of [mira, oskar]) {
    await expect(button(one, 1)).toBeVisible();
    await expect(messages(one, "sixx").locator(".pin-line")).toHaveText("Pinned");
  }
  await expect(mira.page.locator(".event", { hasText: "You pinned a message" })).toBeVisible();
  await expect(oskar.page.locator(".event", { hasText: `${mira.name} pinned a message` })).toBeVisible();
  await messages(oskar, "sixx").focus();
  await oskar.page.keyboard.press("Shift+F10");
  await expect(oskar.page.getByRole("menuitem", { name: "Message details" })).toBeVisible();
  await expect(oskar.page.getByRole("menuitem", { name: "Pin", exact: true })).toHaveCount(0);
  await oskar.page.keyboard.press("Escape");

  // A device that comes later, when many other things were said, and the words were corrected.
  await choose(oskar, "sixx", "Edit");
  await say(oskar, "The tide turns at six");
  await expect(messages(mira, "at six")).toContainText("edited");
  const other = await person(browser, server, name);
  await talkTo(other, room);
  await button(other, 1).click();
  await expect(cards(other)).toContainText("The tide turns at six");
  await expect(cards(other)).not.toContainText("sixx");
  await expect(cards(other)).toContainText(`Pinned by ${mira.name}`);
  await cards(other).getByRole("button", { name: "Show in the conversation" }).click();
  await expect(other.page.locator("article.msg:focus")).toContainText("at six");
  await expectNoFaults(other.page, "pins");

  // By keys, and by a word behind a slash.
  await say(mira, "Bring the long rope");
  await sent(mira, "long rope");
  await messages(mira, "long rope").focus();
  await mira.page.keyboard.press("i");
  await expect(button(oskar, 2)).toBeVisible();
  await say(mira, "/pins ");
  await expect(cards(mira)).toHaveText([/long rope/, /at six/]);

  // What is taken back is pinned no longer; what is unpinned, too.
  await choose(oskar, "at six", "Take back for everybody");
  await oskar.page.locator(".toast").getByRole("button", { name: "Close" }).click();
  await expect(cards(mira)).toHaveText([/long rope/]);
  await cards(mira).getByRole("button", { name: "Unpin" }).click();
  for (const one of [mira, oskar, other]) await expect(one.page.locator(".pin-line")).toHaveCount(0);
  await expect(button(oskar, 1)).toHaveCount(0);
  await expect(mira.page.getByText("Nothing is pinned here.")).toBeVisible();
  expect([...mira.faults, ...oskar.faults, ...other.faults]).toEqual([]);
});

test("a room believes its owner, and people only the room", async ({ browser, server }) => {
  const [mira, guest] = [await person(browser, server, fresh("mira")), await raw(server, fresh("guest"))];
  const room = await publicRoom(mira);
  await say(mira, "The keys hang by the door");
  await sent(mira, "The keys");
  guest.send(`<presence xmlns="jabber:client" to="${room}/Guest"><x xmlns="http://jabber.org/protocol/muc"/></presence>`);
  const heard = await guest.hears((el) => el.name === "message" && el.getChildText("body") === "The keys hang by the door");
  const id = heard.getChild("stanza-id", "urn:xmpp:sid:0")?.attrs.id ?? "";
  guest.send(
    `<message xmlns="jabber:client" to="${room}" type="groupchat" id="g1"><pinned xmlns="urn:parley:pins:0" id="${id}" by="${room}/${mira.name}"/><body>I pinned</body></message>`,
    `<message xmlns="jabber:client" to="${room}" type="groupchat" id="g2"><pin xmlns="urn:parley:pins:0" id="${id}"/><body>and again</body></message>`,
  );
  await there(mira, "and again");
  await expect(mira.page.locator(".pin-line, .event:has-text('pinned')")).toHaveCount(0);
  await mira.page.getByRole("button", { name: "Details" }).click();
  await mira.page.getByRole("button", { name: "Settings of the room" }).click();
  await mira.page.getByLabel("Who may pin messages").selectOption({ label: "Everybody who may write" });
  await mira.page.getByRole("button", { name: "Save" }).click();
  await expect(mira.page.getByText("The room has its new settings.")).toBeVisible();
  await guest.request(`<iq xmlns="jabber:client" to="${room}" type="set" id="p1"><pin xmlns="urn:parley:pins:0" id="${id}"/></iq>`);
  await expect(mira.page.locator(".event", { hasText: "Guest pinned a message" })).toBeVisible();
  await expect(messages(mira, "The keys").locator(".pin-line")).toBeVisible();
  expect(mira.faults).toEqual([]);
  await guest.stop();
});

test("in a chat both pin and unpin, and a new device knows", async ({ browser, server }) => {
  test.setTimeout(180_000);
  const name = fresh("oskar");
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, name)];
  await talkTo(mira, oskar.jid);
  await talkTo(oskar, mira.jid);
  await say(oskar, "My cabin is 42");
  await sent(oskar, "cabin");
  await there(mira, "cabin");
  await choose(mira, "cabin", "Pin");
  await expect(mira.page.locator(".event", { hasText: "You pinned a message" })).toHaveCount(1);
  await expect(oskar.page.locator(".event", { hasText: `${mira.name} pinned a message` })).toHaveCount(1);
  for (const one of [mira, oskar]) await expect(button(one, 1)).toBeVisible();
  await mira.page.reload();
  await expect(button(mira, 1)).toBeVisible();
  await expect(mira.page.locator(".event", { hasText: "You pinned a message" })).toHaveCount(1);
  const other = await person(browser, server, name);
  await talkTo(other, mira.jid);
  await button(other, 1).click();
  await expect(cards(other)).toContainText("My cabin is 42");
  await expect(cards(other)).toContainText(`Pinned by ${mira.name}`);
  await cards(other).getByRole("button", { name: "Unpin" }).click();
  for (const one of [mira, oskar]) await expect(button(one, 1)).toHaveCount(0);
  await mira.page.reload();
  await there(mira, "cabin");
  await expect(button(mira, 1)).toHaveCount(0);
  expect([...mira.faults, ...oskar.faults, ...other.faults]).toEqual([]);
});

// SPDX-License-Identifier: Apache-2.0
// Words that go out later, and reminders: kept by the server, the same on all devices, moved, taken back, sent once.
import type { Page } from "@playwright/test";
import { expect, fresh, messages, person, talkTo, test } from "./bed.ts";
import { raw } from "./raw.ts";

const field = (page: Page) => page.getByRole("textbox", { name: /^Message / });

test("words go out at the time that was chosen; until then they stand in Later on all devices", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await raw(server, fresh("oskar"))];
  const phone = await person(browser, server, mira.name, { viewport: { width: 390, height: 844 } });
  await talkTo(mira, oskar.jid);
  const later = mira.page.getByRole("button", { name: "Schedule" });
  await expect(later).toHaveCount(0);
  await field(mira.page).fill("The boat leaves in the morning");
  await later.click();
  await mira.page.getByRole("menuitem", { name: /^Tomorrow morning/ }).click();
  await expect(field(mira.page)).toHaveText("");
  await expect(mira.page.locator(".planned-line")).toContainText("Goes out tomorrow");
  await expect(mira.page.locator("article.msg")).toHaveCount(0);

  // The other device has it, and sends it at once.
  await phone.page.goto("/later");
  const item = phone.page.getByRole("region", { name: "Goes out later" }).getByRole("listitem");
  await expect(item).toContainText("The boat leaves in the morning");
  await item.getByRole("button", { name: "More for this one" }).click();
  await phone.page.getByRole("menuitem", { name: "Send now" }).click();
  await oskar.hears((el) => el.toString().includes("<body>The boat leaves in the morning<"));
  await expect(item).toHaveCount(0);
  await expect(messages(mira, "The boat leaves")).toHaveCount(1);
  await expect(mira.page.locator(".planned-line")).toHaveCount(0);

  // Any other time; one that is past is not taken. Back into the field, and gone from the server.
  await field(mira.page).fill("Bring a coat");
  await later.click();
  await mira.page.getByRole("menuitem", { name: "Another day or time" }).click();
  const dialog = mira.page.getByRole("dialog", { name: "Send later" });
  await dialog.getByLabel("Day and time").fill("2020-01-01T09:00");
  await dialog.getByRole("button", { name: "Send then" }).click();
  await expect(dialog).toContainText("This time is past");
  const soon = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 16);
  await dialog.getByLabel("Day and time").fill(soon);
  await dialog.getByRole("button", { name: "Send then" }).click();
  await mira.page.locator(".planned-line").click();
  const mine = mira.page.getByRole("region", { name: "Goes out later" }).getByRole("listitem");
  await mine.getByRole("button", { name: "More for this one" }).click();
  await mira.page.getByRole("menuitem", { name: "Back into the field" }).click();
  await expect(field(mira.page)).toHaveText("Bring a coat");
  await phone.page.reload();
  await expect(phone.page.getByRole("heading", { name: "Later", exact: true })).toBeVisible();
  await expect(item).toHaveCount(0);
  expect([...mira.faults, ...phone.faults]).toEqual([]);
  await oskar.stop();
});

test("a reminder comes back when its time has come, and leads to the message", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await raw(server, fresh("oskar"))];
  await talkTo(mira, oskar.jid);
  oskar.send(`<message xmlns="jabber:client" to="${mira.jid}" type="chat" id="o1"><body>Water the plants</body></message>`);
  await messages(mira, "Water the plants").focus();
  await mira.page.keyboard.press("Shift+F10");
  await mira.page.getByRole("menuitem", { name: "Remind me" }).click();
  await mira.page.getByRole("menuitem", { name: /^In 20 minutes/ }).click();
  await expect(mira.page.getByText(/^You are reminded /)).toBeVisible();
  await mira.page.goto("/later");
  const item = mira.page.getByRole("region", { name: "Reminders" }).getByRole("listitem");
  await expect(item).toContainText("Reminder: Water the plants");
  await item.getByRole("button", { name: "More for this one" }).click();
  await mira.page.getByRole("menuitem", { name: "Another time" }).click();
  await mira.page.getByRole("menuitem", { name: /^In an hour/ }).click();
  await expect(item).toContainText("Reminder: Water the plants");
  // A test does not wait for an hour: another client of hers says that it is due.
  const other = await raw(server, mira.name);
  const list = await other.request('<iq xmlns="jabber:client" type="get"><list xmlns="urn:parley:later:0"/></iq>');
  await other.request(`<iq xmlns="jabber:client" type="set"><now xmlns="urn:parley:later:0" id="${/<item[^>]* id="([^"]+)"/.exec(list.toString())?.[1] ?? ""}"/></iq>`);
  await expect(item).toHaveCount(0);
  const row = mira.page.locator(`.row[data-jid="${server.domain}"]`);
  await expect(row).toContainText("Reminder: Water the plants");
  await expect(row).toContainText("1 unread message");
  await row.click();
  await messages(mira, "Reminder: Water").getByRole("link").click();
  await expect(messages(mira, "Water the plants")).toBeVisible();
  expect(decodeURIComponent(new URL(mira.page.url()).pathname)).toContain(oskar.jid);
  expect(mira.faults).toEqual([]);
  await Promise.all([oskar.stop(), other.stop()]);
});

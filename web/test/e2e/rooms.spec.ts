// SPDX-License-Identifier: Apache-2.0
// Rooms: made in ten seconds, found, entered, members.
import { expect, fresh, messages, person, say, test } from "./bed.ts";

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

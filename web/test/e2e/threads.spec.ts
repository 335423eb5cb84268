// SPDX-License-Identifier: Apache-2.0
// Threads and messages that are kept for later.
import { expect, fresh, messages, person, say, test } from "./bed.ts";

test("an answer in a thread stands in the pane, folds under its root, and waits in the list of who began it", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await mira.page.goto("/rooms");
  await mira.page.getByRole("button", { name: "New room" }).click();
  await mira.page.getByLabel("Name", { exact: true }).fill(`Threads ${fresh("room")}`);
  await mira.page.getByRole("textbox", { name: "People" }).fill(oskar.name);
  await mira.page.getByRole("button", { name: "Make the room" }).click();
  await say(mira, "which evening?");
  await oskar.page.locator(".row", { hasText: "which evening?" }).click();
  const pane = oskar.page.getByRole("complementary", { name: "Thread" });
  await expect(async () => { // the room is still being entered, which draws the log anew
    await messages(oskar, "which evening?").focus();
    await oskar.page.keyboard.press("t");
    await expect(pane).toBeVisible({ timeout: 2000 });
  }).toPass({ timeout: 30_000 });
  await expect(pane).toContainText("which evening?");
  const field = pane.locator("#composer-thread");
  await field.click();
  await field.pressSequentially("Wednesday");
  await field.press("Enter");
  await expect(pane.locator("article.msg", { hasText: "Wednesday" })).toHaveCount(1);
  await expect(mira.page.getByRole("button", { name: /1 answer/ })).toBeVisible();
  await expect(mira.page.locator(".main article.msg", { hasText: "Wednesday" })).toHaveCount(0);
  await pane.getByLabel("Also send to the room").check();
  await field.pressSequentially("or Thursday");
  await field.press("Enter");
  await expect(mira.page.locator(".main article.msg", { hasText: "or Thursday" })).toHaveCount(1);
  await mira.page.goto("/threads");
  const row = mira.page.getByRole("list", { name: "Threads" }).getByRole("listitem").filter({ hasText: "which evening?" });
  await expect(row.getByText("2 unread messages")).toBeAttached();
  await mira.page.getByRole("button", { name: "Mark all read" }).click();
  await expect(row.getByText("unread")).toHaveCount(0);
  await row.getByRole("link").click();
  await expect(mira.page.getByRole("complementary", { name: "Thread" })).toContainText("or Thursday");
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("a message that is kept for later is found on another device until it is done", async ({ browser, server }) => {
  const name = fresh("mira");
  const [one, two] = [await person(browser, server, name), await person(browser, server, name)];
  await one.page.getByRole("button", { name: "New conversation" }).click();
  await one.page.getByRole("dialog").getByLabel("Address").fill(name);
  await one.page.getByRole("button", { name: "Begin" }).click();
  await say(one, "buy bread");
  await expect(messages(one, "buy bread").getByText(/^(sent|delivered|read)$/)).toBeAttached();
  await expect(async () => {
    await messages(one, "buy bread").focus();
    await one.page.keyboard.press("s");
    await two.page.goto("/later");
    await expect(two.page.getByRole("list", { name: "Later" })).toContainText("buy bread", { timeout: 2000 });
  }).toPass({ timeout: 30_000 });
  await two.page.getByRole("button", { name: "Done" }).click();
  await one.page.goto("/later");
  await expect(one.page.getByText("Nothing is kept")).toBeVisible();
});

// SPDX-License-Identifier: Apache-2.0
// Threads and messages that are kept for later.
import { expect, fresh, messages, person, say, test } from "./bed.ts";
import { raw } from "./raw.ts";

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
  const line = mira.page.getByRole("button", { name: /1 answer/ });
  await expect(line).toBeVisible();
  expect((await line.boundingBox())?.height).toBeLessThan(48); // one line, under the words
  await expect(mira.page.locator(".main article.msg", { hasText: "Wednesday" })).toHaveCount(0);
  await pane.getByLabel("Also send to the room").check();
  await field.pressSequentially("or Thursday");
  await field.press("Enter");
  await expect(mira.page.locator(".main article.msg", { hasText: "or Thursday" })).toHaveCount(1);
  await expect(mira.page.getByRole("link", { name: /Threads.*2 new answers/ })).toBeVisible();
  await mira.page.goto("/catch-up");
  await mira.page.getByRole("link", { name: "2 new answers in threads that you follow" }).click();
  const row = mira.page.getByRole("list", { name: "Threads" }).getByRole("listitem").filter({ hasText: "which evening?" });
  await expect(row.getByText("2 unread messages")).toBeAttached();
  await mira.page.getByRole("button", { name: "Mark all read" }).click();
  await expect(row.getByText("unread")).toHaveCount(0);
  await row.getByRole("link").click();
  await expect(mira.page.getByRole("complementary", { name: "Thread" })).toContainText("or Thursday");
  await mira.page.getByRole("complementary", { name: "Thread" }).getByRole("button", { name: "Stop following" }).click();
  await field.pressSequentially("nobody counts this");
  await field.press("Enter");
  await expect(mira.page.getByRole("complementary", { name: "Thread" })).toContainText("nobody counts this");
  await mira.page.goto("/threads");
  await expect(mira.page.getByText("which evening?")).toHaveCount(0);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("a device that has loaded none of the answers of a thread gets them from the archive", async ({ browser, server }) => {
  const [name, other] = [fresh("mira"), fresh("oskar")];
  const mira = await person(browser, server, name);
  const oskar = await raw(server, other);
  await mira.page.goto("/rooms");
  await mira.page.getByRole("button", { name: "New room" }).click();
  await mira.page.getByLabel("Name", { exact: true }).fill(`Long ${fresh("room")}`);
  await mira.page.getByRole("textbox", { name: "People" }).fill(other);
  await mira.page.getByRole("button", { name: "Make the room" }).click();
  await say(mira, "which evening?");
  await expect(messages(mira, "which evening?").getByText(/^(sent|delivered|read)$/)).toBeAttached();
  const room = decodeURIComponent(/[^/]+@conference[^/?]*/.exec(mira.page.url())?.[0] ?? "");
  oskar.send(`<presence xmlns='jabber:client' to='${room}/${other}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='5'/></x></presence>`);
  const root = (await oskar.hears((el) => el.getChildText("body") === "which evening?")).getChild("stanza-id")?.attrs.id ?? "";
  oskar.send(`<message xmlns='jabber:client' to='${room}' type='groupchat' id='answer'><body>Wednesday</body><thread>${root}</thread><in xmlns='urn:parley:threads:0' also='false'/></message>`);
  // More than a page of the log lies over it.
  for (let i = 0; i < 60; i++) oskar.send(`<message xmlns='jabber:client' to='${room}' type='groupchat' id='w${i}'><body>word ${i}</body></message>`);
  await expect(messages(mira, "word 59")).toBeVisible();
  const again = await person(browser, server, name);
  await again.page.goto("/threads");
  await again.page.getByRole("list", { name: "Threads" }).getByRole("listitem").filter({ hasText: "which evening?" }).getByRole("link").click();
  const pane = again.page.getByRole("complementary", { name: "Thread" });
  await expect(pane.locator("article.msg", { hasText: "which evening?" })).toHaveCount(1);
  await expect(pane.locator("article.msg", { hasText: "Wednesday" })).toHaveCount(1);
  await expect(pane.locator("article.msg")).toHaveCount(2);
  await oskar.stop();
  expect([...mira.faults, ...again.faults]).toEqual([]);
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

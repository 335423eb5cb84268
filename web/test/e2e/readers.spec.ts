// SPDX-License-Identifier: Apache-2.0
// Who has read in a small room: by name and time, earlier messages, too; nobody comes off the list again.
import { type Person, expect, fresh, messages, person, say, talkTo, test } from "./bed.ts";

async function details(one: Person, text: string): Promise<string> {
  await messages(one, text).focus();
  await one.page.keyboard.press("Shift+F10");
  await one.page.getByRole("menuitem", { name: "Message details" }).click();
  const dialog = one.page.getByRole("dialog", { name: "Message details" });
  await dialog.getByText("Read by").waitFor();
  const said = (await dialog.textContent()) ?? "";
  await one.page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  return said;
}

test("three people: the list grows with everybody who has read, and keeps them", async ({ browser, server }) => {
  test.setTimeout(180_000);
  const [mira, oskar, ines] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar")), await person(browser, server, fresh("ines"))];
  await mira.page.getByRole("link", { name: "Public rooms and new ones" }).click();
  await mira.page.getByRole("button", { name: "New room" }).click();
  await mira.page.getByLabel("Name", { exact: true }).fill("Bridge");
  await mira.page.locator("label", { has: mira.page.locator("input.switch") }).click();
  await mira.page.getByRole("button", { name: "Make the room" }).click();
  await expect(mira.page.getByRole("heading", { level: 1, name: "Bridge" })).toBeVisible();
  const room = decodeURIComponent(new URL(mira.page.url()).pathname.slice("/c/".length));
  await say(mira, "we sail at noon");
  await expect(messages(mira, "at noon").getByText("sent", { exact: true })).toBeAttached();
  expect(await details(mira, "at noon")).toContain("Nobody has said so yet");

  await talkTo(oskar, room);
  await oskar.page.bringToFront();
  await expect(messages(mira, "at noon").locator(".readers")).toContainText(oskar.name);
  expect(await details(mira, "at noon")).toMatch(new RegExp(`Read by${oskar.name} .*\\d`));

  await talkTo(ines, room);
  await ines.page.bringToFront();
  await expect(messages(mira, "at noon").locator(".readers")).toContainText(ines.name);
  await say(mira, "no, at one");
  await expect(messages(ines, "at one")).toHaveCount(1);
  await ines.page.bringToFront();
  await expect(messages(mira, "at one").locator(".readers")).toContainText(ines.name);
  // Who has read the later one has read the earlier one, and is still named there.
  const said = await details(mira, "at noon");
  for (const one of [oskar, ines]) expect(said).toContain(one.name);
  expect(said.indexOf(oskar.name)).toBeLessThan(said.indexOf(ines.name));
  await mira.page.reload();
  await expect(messages(mira, "at one").locator(".readers")).toContainText(ines.name);
  const again = await details(mira, "at noon");
  for (const one of [oskar, ines]) expect(again).toContain(one.name);
  expect([...mira.faults, ...oskar.faults, ...ines.faults]).toEqual([]);
});

// SPDX-License-Identifier: Apache-2.0
// Codes to scan: of oneself and of a link into a room; that their modules are right is a unit test.
import { expectNoFaults } from "./axe.ts";
import { expect, fresh, person, test } from "./bed.ts";

test("my own code, and that of a room's link", async ({ browser, server }) => {
  const mira = await person(browser, server, fresh("mira"));
  const { page } = mira;
  await page.getByRole("button", { name: /^You: / }).click();
  await page.getByRole("menuitem", { name: "My code" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("img", { name: `Code of xmpp:${mira.jid}` })).toBeVisible();
  await page.setViewportSize({ width: 390, height: 800 });
  await expectNoFaults(page, "my code");
  await dialog.getByRole("button", { name: "Close" }).last().click();

  await page.setViewportSize({ width: 1300, height: 800 });
  await page.getByRole("link", { name: "Public rooms and new ones" }).click();
  await page.getByRole("button", { name: "New room" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Harbour");
  await page.getByRole("button", { name: "Make the room" }).click();
  await page.getByRole("button", { name: "Details" }).click();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const make = page.getByRole("button", { name: "Invitation link", exact: true });
  await make.click();
  await page.getByRole("button", { name: "Show as a code" }).click();
  await expect(page.getByRole("dialog", { name: "Harbour" }).getByRole("img", { name: /^Code of .*conference/ })).toBeVisible();
  expect(mira.faults).toEqual([]);
});

// SPDX-License-Identifier: Apache-2.0
// Search: here and everywhere, operators, Chinese, and the way to the place of what was found.
import { expect, fresh, messages, person, say, talkTo, test } from "./bed.ts";

test("a word, a phrase, two Chinese characters and an operator find what was said, with its neighbours", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await talkTo(mira, oskar.jid);
  for (const text of ["the night ferry", "冬季时刻表的中文版", "late ferry at night"]) {
    await say(mira, text);
    await expect(messages(mira, text).getByText(/^(sent|delivered|read)$/)).toBeAttached();
  }
  await mira.page.getByRole("link", { name: "Search in this conversation" }).click();
  const field = mira.page.getByRole("combobox", { name: /Words/ });
  const hits = mira.page.getByRole("list", { name: "Results" }).locator(".hit");
  await field.fill("ferry");
  await expect(hits).toHaveCount(2);
  await expect(hits.first().locator("mark")).toHaveText("ferry");
  await field.fill('"night ferry"');
  await expect(hits).toHaveCount(1);
  await field.fill("时刻");
  await expect(hits).toHaveCount(1);
  await expect(hits.first()).toContainText("冬季时刻表");
  await field.fill("");
  await field.pressSequentially("fro");
  await field.press("ArrowDown");
  await field.press("Enter");
  await expect(field).toHaveValue("from:");
  await field.pressSequentially("me late");
  await expect(hits).toHaveCount(1);
  await hits.first().click();
  await expect(messages(mira, "late ferry at night")).toHaveCount(1);
  await oskar.page.goto("/search");
  await oskar.page.getByRole("combobox", { name: /Words/ }).fill(`ferry from:${mira.jid}`);
  await expect(oskar.page.getByRole("list", { name: "Results" }).locator(".hit")).toHaveCount(2);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

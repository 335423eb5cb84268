// SPDX-License-Identifier: Apache-2.0
// Two people talk.
import { expect, fresh, messages, person, say, talkTo, test } from "./bed.ts";

test("a message arrives, is answered, and its tick says that it was read", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await talkTo(mira, oskar.jid);
  await say(mira, "Good morning, the ramp holds.");
  await oskar.page.locator(`.row[data-jid="${mira.jid}"]`).click();
  await expect(messages(oskar, "the ramp holds")).toHaveCount(1);
  await say(oskar, "And the lamp works");
  await expect(messages(mira, "And the lamp works")).toHaveCount(1);
  await oskar.page.bringToFront();
  await expect(messages(mira, "the ramp holds").getByText("read", { exact: true })).toBeAttached();
  const order = await mira.page.locator("article.msg .words").allTextContents();
  expect(order).toEqual(["Good morning, the ramp holds.", "And the lamp works"]);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

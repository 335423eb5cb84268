// SPDX-License-Identifier: Apache-2.0
// Undo send: what is taken back never arrives, what is not arrives once, whatever becomes of the page.
import type { Browser } from "@playwright/test";
import { type Server, expect, fresh, messages, type Person, person, say, talkTo, test } from "./bed.ts";
import { type Raw, raw } from "./raw.ts";

const field = (one: Person) => one.page.getByRole("textbox", { name: /^Message / });

/** What was said to somebody, as carbons, too. */
const said = (one: Raw): string[] => one.heard.flatMap((el) => [...el.toString().matchAll(/<body>([^<]*)<\/body>/g)].map(([, text]) => text ?? ""));

/** Somebody whose messages wait for 20 seconds, and somebody who hears. */
async function slow(browser: Browser, server: Server) {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await raw(server, fresh("oskar"))];
  await mira.page.goto("/settings/privacy");
  await mira.page.getByLabel("Undo sending").selectOption({ label: "For 20 seconds" });
  await mira.page.goto("/");
  await talkTo(mira, oskar.jid);
  return { mira, oskar };
}

test("taken back before it leaves: nobody hears it, the words are in the field again", async ({ browser, server }) => {
  const { mira, oskar } = await slow(browser, server);
  await say(mira, "You are all wrong");
  await expect(messages(mira, "all wrong")).toContainText("Not sent yet");
  await messages(mira, "all wrong").getByRole("button", { name: "Undo" }).click();
  await expect(messages(mira, "all wrong")).toHaveCount(0);
  await expect(field(mira)).toHaveText("You are all wrong");
  await expect(field(mira)).toBeFocused();
  await say(mira, "You may be wrong");
  await field(mira).press("Control+z");
  await expect(field(mira)).toHaveText("You may be wrong");
  await expect(mira.page.locator("article.msg")).toHaveCount(0);

  // It is the same for what comes behind it: nothing overtakes, and in the end there is one.
  await say(mira, "You are right");
  await expect(messages(mira, "You are right")).toContainText("Not sent yet");
  await oskar.hears((el) => el.toString().includes("<body>You are right<"));
  await expect(messages(mira, "You are right")).not.toContainText("Not sent yet");
  expect(said(oskar)).toEqual(["You are right"]);
  expect(mira.faults).toEqual([]);
  await oskar.stop();
});

test("a page that goes sends it at once, and once", async ({ browser, server }) => {
  const { mira, oskar } = await slow(browser, server);
  await say(mira, "The last word");
  await expect(messages(mira, "The last word")).toContainText("Not sent yet");
  await mira.page.reload();
  await expect(messages(mira, "The last word").getByText(/^(sent|delivered)$/)).toBeAttached();
  await expect(messages(mira, "The last word")).not.toContainText("Not sent yet");
  await oskar.hears((el) => el.toString().includes("<body>The last word<"));
  expect(said(oskar)).toEqual(["The last word"]);
  expect(mira.faults).toEqual([]);
  await oskar.stop();
});

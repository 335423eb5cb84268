// SPDX-License-Identifier: Apache-2.0
// Undo send: what is taken back never arrives, what is not arrives once, whatever becomes of the page.
import type { Browser } from "@playwright/test";
import { type Server, expect, fresh, messages, type Person, person, say, talkTo, test } from "./bed.ts";
import { type Raw, raw } from "./raw.ts";

const field = (one: Person) => one.page.getByRole("textbox", { name: /^Message / });

/** What was said to somebody, as carbons, too. */
const said = (one: Raw): string[] => one.heard.flatMap((el) => [...el.toString().matchAll(/<body>([^<]*)<\/body>/g)].map(([, text]) => text ?? ""));

/** Somebody whose messages wait for 20 seconds, but for a first one, and somebody who hears. */
async function slow(browser: Browser, server: Server, first?: string) {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await raw(server, fresh("oskar"))];
  if (first) {
    await talkTo(mira, oskar.jid);
    await say(mira, first);
    await expect(messages(mira, first).getByText(/^(sent|delivered)$/)).toBeAttached();
  }
  await mira.page.goto("/settings/privacy");
  await mira.page.getByLabel("Undo sending").selectOption({ label: "For 20 seconds" });
  await mira.page.goto("/");
  await talkTo(mira, oskar.jid);
  if (first) await expect(messages(mira, first)).toHaveCount(1);
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

test("an edit is taken back before it leaves: the message is as it was, the new words are in the field again", async ({ browser, server }) => {
  const { mira, oskar } = await slow(browser, server, "The tide turns at sixx");
  await field(mira).press("ArrowUp");
  await expect(field(mira)).toHaveText("The tide turns at sixx");
  await say(mira, "The tide turns at seven");
  await expect(messages(mira, "at seven")).toContainText("Not sent yet");
  await messages(mira, "at seven").getByRole("button", { name: "Undo" }).click();
  await expect(messages(mira, "at sixx")).not.toContainText(/edited|Not sent yet/);
  await expect(field(mira)).toHaveText("The tide turns at seven");
  await expect(field(mira)).toBeFocused();
  await field(mira).press("Enter");
  await expect(messages(mira, "at seven")).toContainText("edited");
  await field(mira).press("Control+z");
  await expect(messages(mira, "at sixx")).toHaveCount(1);
  await expect(field(mira)).toHaveText("The tide turns at seven");
  await say(mira, "The tide turns at six");
  await expect(messages(mira, "at six")).toContainText("Not sent yet");
  await mira.page.reload();
  await oskar.hears((el) => el.toString().includes("<body>The tide turns at six<"));
  await expect(messages(mira, "at six")).toContainText("edited");
  await expect(messages(mira, "at six")).not.toContainText("Not sent yet");
  expect(said(oskar)).toEqual(["The tide turns at sixx", "The tide turns at six"]);
  expect(mira.faults).toEqual([]);
  await oskar.stop();
});

test("files are taken back before they leave: they lie over the field again, with their words", async ({ browser, server }) => {
  const { mira, oskar } = await slow(browser, server);
  await mira.page.locator(".compose input[type=file]").first().setInputFiles({ name: "tides.txt", mimeType: "text/plain", buffer: Buffer.from("six, and half past six") });
  await expect(mira.page.locator(".compose .tray")).toContainText("tides.txt");
  await say(mira, "The times");
  await expect(messages(mira, "The times")).toContainText("Not sent yet");
  await messages(mira, "The times").getByRole("button", { name: "Undo" }).click();
  await expect(mira.page.locator("article.msg")).toHaveCount(0);
  await expect(mira.page.locator(".compose .tray")).toContainText("tides.txt");
  await expect(field(mira)).toHaveText("The times");
  await field(mira).press("Enter");
  await expect(messages(mira, "The times")).toContainText("Not sent yet");
  await mira.page.reload();
  await oskar.hears((el) => el.toString().includes("tides.txt"));
  await expect(messages(mira, "tides.txt")).not.toContainText("Not sent yet");
  expect(said(oskar)).toHaveLength(1);
  expect(mira.faults).toEqual([]);
  await oskar.stop();
});

// SPDX-License-Identifier: Apache-2.0
// What is chosen holds: without a connection, over a reload that follows at once, on all devices; what is refused is taken back and said.
import type { Locator } from "@playwright/test";
import { Proxy } from "../model/proxy.ts";
import { type Person, expect, fresh, messages, person, say, talkTo, test } from "./bed.ts";

const row = ({ page }: Person, jid: string): Locator => page.locator(`.row[data-jid="${jid}"]`);
const starred = ({ page }: Person, jid: string): Locator => page.locator(`section[aria-labelledby="s-starred"] .row[data-jid="${jid}"]`);

async function choose(one: Person, at: Locator, name: string): Promise<void> {
  await at.focus();
  await one.page.keyboard.press("Shift+F10");
  await one.page.getByRole("menuitem", { name, exact: true }).click();
}

/** Somebody whose network can fail, and his address. */
async function away(server: { url: string }): Promise<{ network: Proxy; baseURL: string }> {
  const network = new Proxy(Number(new URL(server.url).port));
  return { network, baseURL: `http://localhost:${await network.port()}` };
}

test("stars and mutes that are chosen without a connection hold over a reload, and come to the other devices", async ({ browser, server }) => {
  const name = fresh("mira");
  const { network, baseURL } = await away(server);
  const [mira, oskar] = [await person(browser, server, name, { baseURL }), await person(browser, server, fresh("oskar"))];
  const other = await person(browser, server, name);
  for (const text of ["one", "two"]) {
    await talkTo(mira, oskar.jid);
    await say(mira, text);
  }
  await expect(row(other, oskar.jid)).toContainText("two");
  network.refuse();
  await expect(mira.page.getByText("No connection.").first()).toBeVisible();
  await choose(mira, row(mira, oskar.jid), "Star");
  await expect(starred(mira, oskar.jid)).toBeVisible();
  await choose(mira, row(mira, oskar.jid), "Mute");
  await expect(row(mira, oskar.jid)).toContainText("muted");
  network.open();
  await mira.page.reload();
  await expect(starred(mira, oskar.jid)).toContainText("muted");
  for (const one of [mira, other]) await expect(starred(one, oskar.jid)).toContainText("muted");
  await other.page.reload(); // the server has it, not only the news
  await expect(starred(other, oskar.jid)).toContainText("muted");
  expect([...mira.faults, ...oskar.faults, ...other.faults]).toEqual([]);
  network.close();
});

test("a pin that the room refuses is taken back, with a sentence", async ({ browser, server }) => {
  const { network, baseURL } = await away(server);
  const [mira, oskar] = [await person(browser, server, fresh("mira"), { baseURL }), await person(browser, server, fresh("oskar"))];
  await mira.page.goto("/rooms");
  await mira.page.getByRole("button", { name: "New room" }).click();
  await mira.page.getByLabel("Name", { exact: true }).fill(`Quay ${fresh("quay")}`);
  await mira.page.getByRole("textbox", { name: "People" }).fill(oskar.name);
  await mira.page.getByRole("button", { name: "Make the room" }).click();
  await say(mira, "come in");
  await oskar.page.locator(".row", { hasText: "come in" }).click();
  await say(oskar, "The tide turns at six");
  await expect(messages(oskar, "at six").getByText(/^(sent|delivered|read)$/)).toBeAttached();
  await expect(messages(mira, "at six")).toHaveCount(1);
  network.refuse();
  await expect(mira.page.getByText("No connection.").first()).toBeVisible();
  await choose(mira, messages(mira, "at six"), "Pin");
  await expect(messages(mira, "at six").locator(".pin-line")).toHaveText("Pinned");
  await choose(oskar, messages(oskar, "at six"), "Take back for everybody");
  await expect(oskar.page.locator(".toast")).toHaveCount(0); // it could be undone until then
  network.open();
  await mira.page.reload();
  await expect(mira.page.locator(".toast")).toContainText("This is there no longer.");
  await expect(mira.page.locator(".pin-line")).toHaveCount(0);
  await expect(mira.page.getByRole("button", { name: "1 pinned message" })).toHaveCount(0);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
  network.close();
});

// SPDX-License-Identifier: Apache-2.0
// What becomes of what was typed and sent when an account cannot go on: signed out from elsewhere, closed, deleted. Each has one plain
// sentence and a way on, and nothing typed is lost.
import { type Browser, type Locator } from "@playwright/test";
import { Proxy } from "../model/proxy.ts";
import { PASSWORD, type Person, type Server, expect, fresh, messages, person, say, talkTo, test } from "./bed.ts";

const field = ({ page }: Person): Locator => page.getByRole("textbox", { name: /^Message / });
const door = ({ page }: Person): Locator => page.getByRole("heading", { level: 1, name: "Sign in again" });

/** Mira, over a network that can fail, talks to Oskar, whose page shows the list. */
async function pair(browser: Browser, server: Server): Promise<[Person, Person, Proxy]> {
  const network = new Proxy(Number(new URL(server.url).port));
  const baseURL = `http://localhost:${await network.port()}`;
  const [mira, oskar] = [await person(browser, server, fresh("mira"), { baseURL }), await person(browser, server, fresh("oskar"))];
  await talkTo(mira, oskar.jid);
  await say(mira, "before");
  await expect(oskar.page.locator(`.row[data-jid="${mira.jid}"]`)).toContainText("before");
  return [mira, oskar, network];
}

async function signInAgain({ page, jid }: Person): Promise<void> {
  await expect(page.getByLabel("Address")).toHaveValue(jid);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Two messages wait in it, and half a sentence stands in the field. */
async function saysOffline(one: Person, network: Proxy): Promise<void> {
  network.refuse();
  await expect(one.page.getByText("No connection.").first()).toBeVisible();
  for (const text of ["said away", "said away, too"]) await say(one, text);
  await field(one).fill("half a sentence");
  await expect(messages(one, "said away")).toHaveCount(2);
}

/** All of it is there and has arrived, each once and in order. */
async function nothingIsLost(mira: Person, oskar: Person): Promise<void> {
  await expect(field(mira)).toHaveText("half a sentence");
  await oskar.page.locator(`.row[data-jid="${mira.jid}"]`).click();
  await expect(messages(oskar, "said away")).toHaveCount(2);
  await expect(messages(mira, "said away").getByText(/^(sent|delivered|read)$/)).toHaveCount(1); // the last of those that stand together
  for (const one of [mira, oskar]) expect(await one.page.locator("article.msg .words").allTextContents()).toEqual(["before", "said away", "said away, too"]);
}

test("a device that is signed out from elsewhere while messages wait in it says so, and sends them once one has signed in again", async ({ browser, server }) => {
  const [mira, oskar, network] = await pair(browser, server);
  const other = await person(browser, server, mira.name);
  await saysOffline(mira, network);
  await other.page.goto("/settings/devices");
  await other.page.getByRole("button", { name: "Sign out", exact: true }).click();
  await other.page.getByRole("alertdialog").getByRole("button", { name: "Sign out" }).click();
  await expect(other.page.locator(".toast")).toContainText("signed out");
  network.open();
  await expect(door(mira)).toBeVisible({ timeout: 40_000 });
  await expect(mira.page.getByText("This device was signed out. Sign in again to go on.")).toBeVisible();
  await mira.page.reload(); // or another day
  await expect(mira.page.getByLabel("Password", { exact: true })).toBeVisible();
  await mira.page.getByLabel("Address").fill(mira.jid);
  await signInAgain(mira);
  await nothingIsLost(mira, oskar);
  expect([...mira.faults, ...oskar.faults, ...other.faults]).toEqual([]);
  network.close();
});

test("an account that is closed by an administrator while it is open says so, and goes on where it was when it is opened again", async ({ browser, server }) => {
  const [mira, oskar, network] = await pair(browser, server);
  await saysOffline(mira, network);
  network.open();
  await expect(messages(mira, "said away").getByText(/^(sent|delivered|read)$/)).toHaveCount(1); // the last of those that stand together
  server.ctl(["user", "disable", mira.jid]);
  await expect(door(mira)).toBeVisible({ timeout: 40_000 });
  await expect(mira.page.getByText("This account is there no longer, or was closed by an administrator.")).toBeVisible();
  await signInAgain(mira);
  await expect(mira.page.getByRole("alert")).toContainText("was closed by an administrator"); // the password is right
  server.ctl(["user", "enable", mira.jid]);
  await mira.page.getByRole("button", { name: "Sign in" }).click();
  await nothingIsLost(mira, oskar);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
  network.close();
});

test("an account that is deleted while somebody types in it says so; what was typed is there should it come back", async ({ browser, server }) => {
  const [mira, oskar, network] = await pair(browser, server);
  await field(mira).fill("half a sentence");
  server.ctl(["user", "delete", mira.jid]);
  await expect(door(mira)).toBeVisible({ timeout: 40_000 });
  await expect(mira.page.getByText("This account is there no longer, or was closed by an administrator.")).toBeVisible();
  await signInAgain(mira);
  await expect(mira.page.getByRole("alert")).toContainText("do not fit together");
  server.ctl(["user", "add", mira.jid], PASSWORD);
  await mira.page.getByRole("button", { name: "Sign in" }).click();
  await expect(field(mira)).toHaveText("half a sentence");
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
  network.close();
});

// SPDX-License-Identifier: Apache-2.0
// Coming in, the list, the switcher, catching up, settings.
import { expect, fresh, messages, person, say, talkTo, test } from "./bed.ts";

test("stars, mutes and the order of the list are the same on two devices, and stay after a reload", async ({ browser, server }) => {
  const name = fresh("mira");
  const here = await person(browser, server, name);
  const there = await person(browser, server, name);
  const friends = [fresh("ada"), fresh("ben"), fresh("cleo")];
  for (const one of friends) {
    server.addUser(one);
    await talkTo(here, `${one}@localhost`);
    await say(here, `Hello ${one}`);
    await expect(messages(here, `Hello ${one}`)).toHaveCount(1);
  }
  const [ada, ben, cleo] = friends as [string, string, string];
  const row = (at: typeof here, who: string) => at.page.locator(`.row[data-jid="${who}@localhost"]`);
  const inSection = (at: typeof here, section: string) => at.page.locator(`section[aria-labelledby="s-${section}"] .row-name`);
  await expect(row(there, cleo)).toBeVisible();

  await row(here, ada).click({ button: "right" });
  await here.page.getByRole("menuitem", { name: "Star", exact: true }).click();
  await expect(inSection(there, "starred")).toContainText([ada]);
  await expect(inSection(here, "starred")).toContainText([ada]);

  await row(here, ben).focus();
  await here.page.keyboard.press("Shift+F10");
  await here.page.getByRole("menuitem", { name: "Mute", exact: true }).click();
  await expect(row(there, ben)).toHaveAttribute("data-muted", /.*/);

  await row(there, ben).click({ button: "right" });
  await there.page.getByRole("menuitem", { name: "Move up" }).click();
  await there.page.mouse.move(900, 400);
  await here.page.mouse.move(900, 400);
  await expect(inSection(there, "people")).toContainText([ben, cleo]);
  await expect(inSection(here, "people")).toContainText([ben, cleo]);

  await here.page.reload();
  await expect(inSection(here, "starred")).toContainText([ada]);
  await expect(inSection(here, "people")).toContainText([ben, cleo]);
  await expect(row(here, ben)).toHaveAttribute("data-muted", /.*/);

  await row(there, ben).click({ button: "right" });
  await there.page.getByRole("menuitem", { name: "Unmute" }).click();
  await expect(row(here, ben)).not.toHaveAttribute("data-muted", /.*/);

  await row(here, cleo).click({ button: "right" });
  await here.page.getByRole("menuitem", { name: "Hide until there is news" }).click();
  await expect(row(there, cleo)).toHaveCount(0);
  expect([...here.faults, ...there.faults]).toEqual([]);
});

test("a row is dragged to the stars", async ({ browser, server }) => {
  const mira = await person(browser, server, fresh("mira"));
  const [ada, ben] = [fresh("ada"), fresh("ben")];
  for (const one of [ada, ben]) {
    server.addUser(one);
    await talkTo(mira, `${one}@localhost`);
    await say(mira, "Hello");
    await expect(messages(mira, "Hello")).toHaveCount(1);
  }
  const row = (who: string) => mira.page.locator(`.row[data-jid="${who}@localhost"]`);
  await row(ada).click({ button: "right" });
  await mira.page.getByRole("menuitem", { name: "Star", exact: true }).click();
  await mira.page.mouse.move(900, 400);
  const stars = mira.page.locator('section[aria-labelledby="s-starred"] .row-name');
  await expect(stars).toContainText([ada]);
  await row(ben).dragTo(row(ada), { targetPosition: { x: 80, y: 50 } });
  await mira.page.mouse.move(900, 400);
  await expect(stars).toContainText([ada, ben]);
  expect(mira.faults).toEqual([]);
});

test("what is unread stands above, does not jump when it is opened, and goes home afterwards; keys go from one to the next", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  const ada = await person(browser, server, fresh("ada"));
  for (const one of [oskar, ada]) {
    await talkTo(one, mira.jid);
    await say(one, `From ${one.name}`);
    await expect(messages(one, `From ${one.name}`)).toHaveCount(1);
  }
  const unread = mira.page.locator('section[aria-labelledby="s-unread"] .row');
  await expect(unread).toHaveCount(2);
  await expect(mira.page).toHaveTitle(/^\(2\)/);
  await unread.filter({ hasText: oskar.name }).click();
  await expect(messages(mira, `From ${oskar.name}`)).toHaveCount(1);
  await expect(mira.page).toHaveTitle(/^\(1\)/);
  await mira.page.mouse.move(900, 400);
  await expect(unread).toHaveCount(2); // it is open: it stays
  await mira.page.keyboard.press("Alt+Shift+ArrowDown");
  await expect(mira.page.getByRole("heading", { level: 1 })).toContainText(ada.name);
  await expect(mira.page.locator('section[aria-labelledby="s-people"] .row')).toContainText([oskar.name]);
  await expect(mira.page).not.toHaveTitle(/^\(/);
  expect(mira.faults).toEqual([]);
});

test("the switcher goes anywhere in two keystrokes, forgives an error, and does things", async ({ browser, server }) => {
  const mira = await person(browser, server, fresh("mira"));
  const oskar = fresh("oskar");
  server.addUser(oskar);
  await talkTo(mira, `${oskar}@localhost`);
  await say(mira, "Hello");
  await expect(messages(mira, "Hello")).toHaveCount(1);
  await mira.page.goto("/");
  await mira.page.locator(`.row[data-jid="${oskar}@localhost"]`).waitFor();
  await mira.page.keyboard.press("Control+k");
  const field = mira.page.getByRole("combobox", { name: "Search or jump to" });
  await expect(field).toBeFocused();
  await expect(mira.page.getByRole("option").first()).toContainText(oskar);
  await mira.page.keyboard.press("Enter");
  await expect(mira.page.getByRole("heading", { level: 1 })).toContainText(oskar);
  await mira.page.keyboard.press("Control+k");
  await field.fill("osakr");
  await expect(mira.page.getByRole("option").first()).toContainText(oskar);
  await field.fill(">dark");
  await expect(mira.page.getByRole("option", { selected: true })).toContainText("Dark theme");
  await mira.page.keyboard.press("Enter");
  await expect(mira.page.locator("html")).toHaveAttribute("data-theme", "dark");
  await mira.page.keyboard.press("Control+k");
  await expect(field).toBeFocused();
  await mira.page.keyboard.press("Escape");
  await expect(field).toHaveCount(0);
  await mira.page.keyboard.press("Control+/");
  await expect(mira.page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await mira.page.keyboard.press("Escape");
  expect(mira.faults).toEqual([]);
});

test("catching up: j and k walk, e marks read on both sides, nothing is left", async ({ browser, server }) => {
  const [mira, oskar, ada] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar")), await person(browser, server, fresh("ada"))];
  for (const one of [oskar, ada]) {
    await talkTo(one, mira.jid);
    await say(one, `From ${one.name}`);
    await expect(messages(one, `From ${one.name}`)).toHaveCount(1);
  }
  await mira.page.getByRole("link", { name: /^Catch up/ }).click();
  const rows = mira.page.locator(".catch-row");
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(0)).toHaveAttribute("aria-current", "true");
  await mira.page.keyboard.press("j");
  await expect(rows.nth(1)).toHaveAttribute("aria-current", "true");
  await mira.page.keyboard.press("k");
  await mira.page.keyboard.press("e");
  await expect(rows).toHaveCount(1);
  await mira.page.keyboard.press("r");
  await expect(messages(mira, `From ${oskar.name}`)).toHaveCount(1);
  await expect(mira.page).not.toHaveTitle(/^\(/);
  await mira.page.goBack();
  await expect(mira.page.getByText("You are up to date")).toBeVisible();
  expect(mira.faults).toEqual([]);
});

test("one column on a phone: list, room, back, the bar below; the list's width is remembered where there is room", async ({ browser, server }) => {
  const phone = await person(browser, server, fresh("mira"), { viewport: { width: 390, height: 800 } });
  const oskar = await person(browser, server, fresh("oskar"));
  await talkTo(oskar, phone.jid);
  await say(oskar, "To the phone");
  await phone.page.locator(`.row[data-jid="${oskar.jid}"]`).click();
  await expect(messages(phone, "To the phone")).toHaveCount(1);
  await expect(phone.page.locator(".list")).toBeHidden();
  await phone.page.goBack();
  await expect(phone.page.locator(".list")).toBeVisible();
  await expect(phone.page.locator(".sheet")).toBeHidden();
  await phone.page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: "You" }).click();
  await phone.page.getByRole("link", { name: "Appearance" }).click();
  await expect(phone.page.getByRole("heading", { level: 1 })).toHaveText("Appearance");

  const handle = oskar.page.getByRole("separator", { name: "Width of the list" });
  await handle.focus();
  await oskar.page.keyboard.press("End");
  await expect(handle).toHaveAttribute("aria-valuenow", "480");
  await oskar.page.reload();
  await expect(handle).toHaveAttribute("aria-valuenow", "480");
  expect([...phone.faults, ...oskar.faults]).toEqual([]);
});

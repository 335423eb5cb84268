// SPDX-License-Identifier: Apache-2.0
// People: requests, states, pictures, blocking.
import { expectNoFaults } from "./axe.ts";
import { expect, fresh, messages, person, say, talkTo, test } from "./bed.ts";
import { raw } from "./raw.ts";

/** A red square, 8 by 8. */
const PICTURE = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC", "base64");

test("somebody is asked by name, accepts, and both see each other's state and picture", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await mira.page.goto("/people");
  await mira.page.getByLabel("Name or address").fill(oskar.name);
  await mira.page.getByRole("button", { name: `Add ${oskar.jid}` }).click();
  await oskar.page.getByRole("link", { name: /wants to be a contact/ }).click();
  await oskar.page.getByRole("button", { name: "Accept" }).click();
  await expect(oskar.page.getByRole("region", { name: "Contacts" })).toContainText(mira.jid);
  await oskar.page.getByRole("button", { name: /^You:/ }).click();
  await oskar.page.getByRole("menuitem", { name: "Name, picture and state" }).click();
  await oskar.page.getByLabel("Busy").check();
  await oskar.page.getByLabel("What you do").fill("🚢 at sea");
  await oskar.page.getByLabel("Picture").setInputFiles({ name: "me.png", mimeType: "image/png", buffer: PICTURE });
  await oskar.page.getByText("Your picture was set").waitFor();
  await oskar.page.getByRole("button", { name: "Save" }).click();
  const row = mira.page.locator(`.row[data-jid="${oskar.jid}"]`);
  await expect(row.getByText("Busy")).toBeAttached();
  await expect(row).toContainText("🚢 at sea");
  await expect(row.locator("img")).toHaveAttribute("src", /^data:image\//);
  await mira.page.getByRole("button", { name: oskar.jid }).click();
  await expect(mira.page.getByRole("dialog")).toContainText("at sea");
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("who is invisible looks offline, reads and writes, and is seen again when he wants", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await mira.page.goto("/people");
  await mira.page.getByLabel("Name or address").fill(oskar.name);
  await mira.page.getByRole("button", { name: `Add ${oskar.jid}` }).click();
  await oskar.page.getByRole("link", { name: /wants to be a contact/ }).click();
  await oskar.page.getByRole("button", { name: "Accept" }).click();
  const row = mira.page.locator(`.row[data-jid="${oskar.jid}"]`);
  const become = async (state: string, end: string): Promise<void> => {
    await oskar.page.getByRole("button", { name: /^You:/ }).click();
    await oskar.page.getByRole("menuitem", { name: "Name, picture and state" }).click();
    await oskar.page.getByLabel(state, { exact: true }).check();
    await oskar.page.getByLabel("Until").selectOption({ label: end });
    await oskar.page.getByRole("button", { name: "Save" }).click();
  };
  await expect(row.getByText("Available")).toBeAttached();
  await become("Invisible", "I change it");
  await expect(row.getByText("Available")).toHaveCount(0);
  await talkTo(mira, oskar.jid);
  await say(mira, "are you there?");
  await oskar.page.locator(`.row[data-jid="${mira.jid}"]`).click();
  await expect(messages(oskar, "are you there?")).toHaveCount(1);
  await say(oskar, "only for you");
  await expect(messages(mira, "only for you")).toHaveCount(1);
  await expect(row.getByText("Available")).toHaveCount(0);
  await become("Busy", "In an hour");
  await expect(row.getByText("Busy")).toBeAttached();
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("who is blocked is not heard until the block is lifted", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await talkTo(mira, oskar.jid);
  await say(mira, "first");
  await oskar.page.locator(`.row[data-jid="${mira.jid}"]`).click();
  await expect(messages(oskar, "first")).toHaveCount(1);
  await mira.page.goto("/people");
  await mira.page.getByLabel("Name or address").fill(oskar.name);
  await mira.page.getByRole("button", { name: `Add ${oskar.jid}` }).click();
  await mira.page.getByRole("button", { name: oskar.jid }).last().click();
  await mira.page.getByRole("button", { name: "More" }).click();
  await mira.page.getByRole("menuitem", { name: "Block", exact: true }).click();
  await mira.page.getByRole("alertdialog").getByRole("button", { name: "Block" }).click();
  await expect(mira.page.getByRole("region", { name: "Blocked" })).toContainText(oskar.jid);
  await say(oskar, "can you hear me?");
  await expect(messages(oskar, "can you hear me?")).toContainText("Not sent");
  await mira.page.getByRole("button", { name: "Unblock" }).click();
  await messages(oskar, "can you hear me?").getByRole("button", { name: "Try again" }).click();
  await mira.page.locator(`.row[data-jid="${oskar.jid}"]`).click();
  await expect(messages(mira, "can you hear me?")).toHaveCount(1);
});

test("strangers wait in the quiet box: read, let in, turned away, blocked and reported", async ({ browser, server }) => {
  const mira = await person(browser, server, fresh("mira"));
  const [paris, tybalt, romeo] = [await raw(server, fresh("paris")), await raw(server, fresh("tybalt")), await raw(server, fresh("romeo"))];
  await mira.page.goto("/settings/privacy");
  const box = mira.page.getByRole("switch", { name: "Strangers wait until I look" });
  await box.click();
  await expect(box).toBeChecked();
  await mira.page.reload();
  await expect(box).toBeChecked();

  const chat = (id: string, body: string): string => `<message to="${mira.jid}" type="chat" id="${id}"><body>${body}</body></message>`;
  paris.send(`<presence to="${mira.jid}" type="subscribe"><status>We met on the ferry</status></presence>`, chat("p1", "Good *morning* from the pier"));
  tybalt.send(chat("t1", "Turn thee"));
  romeo.send(chat("r1", "Buy my ships"), chat("r2", "Cheap ships"));
  await mira.page.goto("/");
  await mira.page.getByRole("link", { name: "3 strangers wait in the quiet box" }).click();
  await expect(mira.page.locator(".row")).toHaveCount(0); // nothing of it is in the list

  const waits = (one: typeof paris) => mira.page.getByRole("listitem", { name: one.jid });
  await expect(waits(paris)).toContainText("Wants to be a contact, and has written 1 message");
  await waits(paris).getByRole("button", { name: "Read" }).click();
  await expect(waits(paris)).toContainText("We met on the ferry");
  await expect(waits(paris).locator("strong, b", { hasText: "morning" })).toBeVisible();
  await expectNoFaults(mira.page, "the quiet box");

  await waits(tybalt).getByRole("button", { name: "Decline" }).click();
  await expect(waits(tybalt)).toHaveCount(0);
  await waits(romeo).getByRole("button", { name: `More about ${romeo.jid}` }).click();
  await mira.page.getByRole("menuitem", { name: "Block and report spam" }).click();
  await mira.page.getByRole("alertdialog").getByRole("button", { name: "Block and report" }).click();
  await expect(waits(romeo)).toHaveCount(0);
  await expect(mira.page.getByRole("region", { name: "Blocked" })).toContainText(romeo.jid);

  await waits(paris).getByRole("button", { name: "Let in" }).click();
  await expect(messages(mira, "from the pier")).toBeVisible();
  await expect(mira.page.getByRole("link", { name: /quiet box/ })).toHaveCount(0);
  await mira.page.goto("/people");
  await expect(mira.page.getByRole("region", { name: "Contacts" })).toContainText(paris.jid);
  for (const one of [paris, tybalt, romeo]) await one.stop();
  expect(mira.faults).toEqual([]);
});

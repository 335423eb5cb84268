// SPDX-License-Identifier: Apache-2.0
// Details of a room and its settings: what owners change, others see.
import { type Person, expect, fresh, person, say, test } from "./bed.ts";

/** A red square, 8 by 8. */
const PICTURE = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC", "base64");

async function makeRoom(one: Person, name: string, people: string): Promise<void> {
  await one.page.goto("/rooms");
  await one.page.getByRole("button", { name: "New room" }).click();
  await one.page.getByLabel("Name", { exact: true }).fill(name);
  await one.page.getByRole("textbox", { name: "People" }).fill(people);
  await one.page.getByRole("button", { name: "Make the room" }).click();
  await expect(one.page.getByRole("heading", { level: 1, name })).toBeVisible();
}

const details = (one: Person) => one.page.getByRole("complementary", { name: "Details" });

test("an owner gives a room a name, a topic, a picture and rules, and a member sees them", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  const [name, next] = [`Ramp ${fresh("one")}`, `Ramp ${fresh("two")}`];
  await makeRoom(mira, name, oskar.name);
  await say(mira, "first words");
  await oskar.page.locator(".row", { hasText: "first words" }).click();
  await oskar.page.getByRole("button", { name: "Details" }).click();
  await expect(details(oskar)).toContainText("Only members come in");
  await expect(details(oskar).getByRole("button", { name: "Settings of the room" })).toHaveCount(0);
  await mira.page.getByRole("button", { name: "Details" }).click();
  await details(mira).getByRole("button", { name: "Settings of the room" }).click();
  const settings = mira.page.getByRole("dialog", { name: /^Settings of/ });
  await settings.getByLabel("Picture").setInputFiles({ name: "room.png", mimeType: "image/png", buffer: PICTURE });
  await expect(settings.locator(".av img")).toHaveAttribute("src", /^data:image\//);
  await settings.getByLabel("Name", { exact: true }).fill(next);
  await settings.getByLabel("Topic", { exact: true }).fill("Tides of the week");
  await settings.getByLabel("Description").fill("Where the night crew talks.");
  await settings.getByRole("combobox", { name: "Slow mode" }).selectOption("30");
  await settings.getByText("More settings").click();
  await settings.getByLabel("Most occupants at once").selectOption("100");
  await settings.getByRole("button", { name: "Save" }).click();
  await expect(settings).toHaveCount(0);
  await expect(oskar.page.getByRole("heading", { level: 1, name: next })).toBeVisible();
  await expect(oskar.page.locator(".bar .topic")).toContainText("Tides of the week");
  await expect(details(oskar)).toContainText("Where the night crew talks.");
  await expect(details(oskar).locator(".av img")).toHaveAttribute("src", /^data:image\//);
  await details(mira).getByRole("button", { name: "Settings of the room" }).click();
  await expect(settings.getByRole("combobox", { name: "Slow mode" })).toHaveValue("30");
  await settings.getByText("More settings").click();
  await expect(settings.getByLabel("Most occupants at once")).toHaveValue("100");
  await mira.page.keyboard.press("Escape");
  await expect(settings).toHaveCount(0);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("notifications of a room are chosen and kept, and who leaves has it no more", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await makeRoom(mira, `Ramp ${fresh("quiet")}`, oskar.name);
  await say(mira, "hear me");
  const row = oskar.page.locator(".row", { hasText: "hear me" });
  await row.click();
  await oskar.page.getByRole("button", { name: "Details" }).click();
  await details(oskar).getByRole("combobox", { name: "Notify me" }).selectOption("never");
  await expect(row).toContainText("muted");
  await oskar.page.reload();
  await expect(details(oskar).getByRole("combobox", { name: "Notify me" })).toHaveValue("never");
  await details(oskar).getByRole("button", { name: "Leave the room" }).click();
  await oskar.page.getByRole("alertdialog").getByRole("button", { name: "Leave the room" }).click();
  await expect(row).toHaveCount(0);
  await oskar.page.reload();
  await expect(oskar.page.getByRole("heading", { name: /Good to have you here/ })).toBeVisible();
  await expect(row).toHaveCount(0);
  await mira.page.getByRole("button", { name: "Details" }).click();
  await details(mira).getByRole("button", { name: "Leave the room" }).click();
  await mira.page.getByRole("alertdialog").getByRole("button", { name: "Leave the room" }).click();
  await expect(mira.page.getByRole("alertdialog")).toContainText("You are the only owner");
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

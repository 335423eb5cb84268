// SPDX-License-Identifier: Apache-2.0
// Every view of the frame in light, dark and high contrast, wide and on a phone: axe-core finds nothing serious.
import { expectNoFaults } from "./axe.ts";
import { device, expect, fresh, messages, person, say, talkTo, test } from "./bed.ts";

for (const [size, viewport] of [["wide", { width: 1400, height: 880 }], ["phone", { width: 390, height: 800 }]] as const) {
  test(`the views, ${size}`, async ({ browser, server }) => {
    test.setTimeout(300_000);
    const [oskar, door] = [await person(browser, server, fresh("oskar")), await device(browser, server, "nobody", { viewport })];
    await expectNoFaults(door.page, "door");
    const mira = await person(browser, server, fresh("mira"), { viewport });
    await talkTo(oskar, mira.jid);
    await say(oskar, "Good morning");
    await expect(messages(oskar, "Good morning")).toHaveCount(1);
    await mira.page.locator(`.row[data-jid="${oskar.jid}"]`).waitFor();
    await expectNoFaults(mira.page, "list");
    await mira.page.goto("/catch-up");
    await mira.page.locator(".catch-row").waitFor();
    await expectNoFaults(mira.page, "catch-up");
    for (const name of ["account", "notifications", "privacy", "devices", "look", "keys", "about"]) {
      await mira.page.goto(`/settings/${name}`);
      await mira.page.locator(".page .block").first().waitFor();
      await expectNoFaults(mira.page, `settings/${name}`);
    }
    await mira.page.goto("/");
    await mira.page.locator(`.row[data-jid="${oskar.jid}"]`).waitFor();
    await mira.page.keyboard.press("Control+k");
    await mira.page.getByRole("combobox", { name: "Search or jump to" }).waitFor();
    await expectNoFaults(mira.page, "switcher");
    expect(mira.faults).toEqual([]);
  });
}

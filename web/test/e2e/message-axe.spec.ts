// SPDX-License-Identifier: Apache-2.0
// A conversation and everything that opens from a message: axe-core finds nothing serious; and a finger that stays opens the menu.
import { expectNoFaults } from "./axe.ts";
import { expect, fresh, messages, type Person, person, say, talkTo, test } from "./bed.ts";
import { raw } from "./raw.ts";

/** Opens something, looks, and closes it again. */
async function look(one: Person, name: string, open: () => Promise<void>, shown: string): Promise<void> {
  await open();
  await one.page.locator(shown).first().waitFor();
  await expectNoFaults(one.page, name);
  await one.page.keyboard.press("Escape");
}

test("the log, its tools, and what they open", async ({ browser, server }) => {
  test.setTimeout(300_000);
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await raw(server, fresh("oskar"))];
  await talkTo(mira, oskar.jid);
  await say(mira, "The ferry goes at nine");
  await expect(messages(mira, "nine").getByText("sent", { exact: true })).toBeAttached();
  const ask = `<message xmlns="jabber:client" to="${mira.jid}" type="chat"`;
  oskar.send(`${ask} id="o1"><body>It *does* not, see https://tideline.example/</body></message>`, `${ask} id="o2"><body>It goes at ten</body><replace xmlns="urn:xmpp:message-correct:0" id="o1"/></message>`);
  await expect(messages(mira, "at ten")).toHaveCount(1);
  await messages(mira, "at ten").hover();
  await mira.page.getByRole("button", { name: "React with 👍" }).click();
  await expect(messages(mira, "at ten").locator(".react:not(.add)")).toHaveCount(1);
  await expectNoFaults(mira.page, "log with tools");
  const menu = (name: string) => async (): Promise<void> => {
    await messages(mira, "at ten").focus();
    await mira.page.keyboard.press("Shift+F10");
    if (name) await mira.page.getByRole("menuitem", { name }).click();
  };
  await look(mira, "menu", menu(""), ".menu");
  await look(mira, "details", menu("Message details"), "dialog .about-facts");
  await look(mira, "forward", menu("Forward"), "dialog .forward-list");
  await look(mira, "versions", () => messages(mira, "at ten").getByRole("button", { name: "edited" }).click(), ".versions");
  await look(mira, "who", () => messages(mira, "at ten").locator(".react:not(.add)").click({ button: "right" }), ".reactors");
  await look(mira, "day", () => mira.page.locator(".day button").first().click(), ".date-form");
  expect(mira.faults).toEqual([]);
  await oskar.stop();
});

test("on a phone a finger that stays opens the menu", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira"), { viewport: { width: 390, height: 800 }, hasTouch: true }), await raw(server, fresh("oskar"))];
  oskar.send(`<message xmlns="jabber:client" to="${mira.jid}" type="chat" id="o1"><body>Good morning</body></message>`);
  await mira.page.locator(`.row[data-jid="${oskar.jid}"]`).click();
  const body = messages(mira, "Good morning").locator(".msg-body");
  await body.waitFor();
  await mira.page.getByRole("button", { name: "Mark read" }).waitFor(); // the line over it has come: nothing moves any more
  const at = await body.boundingBox();
  const cdp = await mira.page.context().newCDPSession(mira.page);
  const point = { x: (at?.x ?? 0) + 20, y: (at?.y ?? 0) + 10 };
  await cdp.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [point] });
  await mira.page.waitForFunction(() => new Promise((resolve) => { setTimeout(() => resolve(true), 900); }));
  await cdp.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await mira.page.getByRole("menuitem", { name: "Reply", exact: true }).click();
  await expect(mira.page.locator(".ctx")).toContainText("Good morning");
  const wide = await mira.page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);
  expect(wide).toBe(true);
  expect(mira.faults).toEqual([]);
  await oskar.stop();
});

// SPDX-License-Identifier: Apache-2.0
// What is not a view of the frame: the page of an invitation, first hints, panes, pickers and dialogs, in the four themes, wide and on a
// phone; and with the colours of the system and without motion. axe-core finds nothing serious.
import { axeFaults, expectNoFaultsInTurn as expectNoFaults } from "./axe.ts";
import { type Person, Server, device, expect, fresh, messages, person, say, talkTo, test } from "./bed.ts";
import { raw } from "./raw.ts";

const own = new Server('invites = { accounts = "users"; };');
test.use({ actionTimeout: 30_000 });
test.beforeAll(() => own.start());
test.afterAll(async () => {
  await own.stop();
  own.remove();
});

/** Opens something, looks at it, and closes it. */
async function look(one: Person, name: string, open: () => Promise<void>, shown: string): Promise<void> {
  await open();
  await one.page.locator(shown).first().waitFor();
  await expectNoFaults(one.page, name);
  await one.page.keyboard.press("Escape");
}

async function room(one: Person): Promise<string> {
  await one.page.goto("/rooms");
  await one.page.getByRole("button", { name: "New room" }).click();
  await one.page.getByLabel("Name", { exact: true }).fill("Harbour");
  await one.page.getByText("Everybody may find it and come in").click();
  await expectNoFaults(one.page, "new room");
  await one.page.getByRole("button", { name: "Make the room" }).click();
  await expect(one.page.getByText("Say what this room is for")).toBeVisible();
  await expectNoFaults(one.page, "a room without words");
  return new URL(one.page.url()).pathname;
}

/** Mira in her new room, where Oskar has answered; MENU opens an item of the menu of a message. */
async function roomOfTwo(browser: Parameters<typeof person>[0], viewport: { width: number; height: number }) {
  const [mira, oskar] = [await person(browser, own, fresh("mira"), { viewport }), await raw(own, fresh("oskar"))];
  const { page } = mira;
  const path = await room(mira);
  const jid = decodeURIComponent(path.slice("/c/".length));
  await say(mira, "The ferry goes at nine");
  await expect(messages(mira, "at nine").getByText("sent", { exact: true })).toBeAttached();
  oskar.send(`<presence xmlns="jabber:client" to="${jid}/oskar"><x xmlns="http://jabber.org/protocol/muc"/></presence>`, `<message xmlns="jabber:client" to="${jid}" type="groupchat" id="o1"><body>I shall be there</body></message>`);
  await expect(messages(mira, "I shall be there")).toHaveCount(1);
  const menu = (text: string, name: string) => async (): Promise<void> => {
    await messages(mira, text).focus();
    await page.keyboard.press("Shift+F10");
    await page.getByRole("menuitem", { name, exact: true }).click();
  };
  return { mira, page, path, oskar, menu };
}

for (const [size, viewport] of [["wide", { width: 1400, height: 880 }], ["phone", { width: 390, height: 844 }]] as const) {
  test(`an invitation, first hints and what they lead to, ${size}`, async ({ browser }) => {
    test.setTimeout(300_000);
    const token = /\/i\/([\w-]+)/.exec(own.ctl(["invite", "new"]))?.[1] ?? /preauth=([\w-]+)/.exec(own.ctl(["invite", "new"]))?.[1] ?? "";
    const rosa = await device(browser, own, fresh("rosa"), { viewport });
    await rosa.page.goto("/join?invite=none");
    await expect(rosa.page.getByRole("heading", { level: 1 })).toContainText("closed");
    await expectNoFaults(rosa.page, "an invitation that is over");
    await rosa.page.goto(`/join?invite=${token}`);
    await rosa.page.getByLabel("Your name").fill("Rosa");
    await rosa.page.getByLabel("Your address").fill(rosa.name);
    await rosa.page.getByLabel("Password", { exact: true }).fill("abc");
    await rosa.page.getByRole("button", { name: "Come in" }).click();
    await rosa.page.getByRole("alert").waitFor();
    await expectNoFaults(rosa.page, "join");
    await rosa.page.getByLabel("Password", { exact: true }).fill("four words and a horse");
    await rosa.page.getByRole("button", { name: "Come in" }).click();
    await rosa.page.getByRole("button", { name: "Start" }).waitFor();
    await expectNoFaults(rosa.page, "hints");
    await rosa.page.getByRole("button", { name: "Start" }).click();
    await rosa.page.locator(".list-empty").first().waitFor();
    await expectNoFaults(rosa.page, "nothing yet");
    await rosa.page.goto("/people");
    await look(rosa, "an invitation as a code", () => rosa.page.getByRole("button", { name: "Invite by link" }).click(), "dialog .qr");
    expect(rosa.faults).toEqual([]);
  });

  test(`panes of a room and dialogs of its messages, ${size}`, async ({ browser }) => {
    test.setTimeout(300_000);
    const { mira, page, path, oskar, menu } = await roomOfTwo(browser, viewport);
    await menu("at nine", "Pin")();
    await look(mira, "pins", async () => void (await page.goto(`${path}?pane=pins`)), ".pane article, .pane li");
    await look(mira, "details", async () => void (await page.goto(`${path}?pane=details`)), ".room-details");
    await look(mira, "members", async () => void (await page.goto(`${path}?pane=members`)), ".person");
    await look(mira, "files", async () => void (await page.goto(`${path}?pane=files`)), ".pane [role=tab]");
    await page.goto(path);
    await messages(mira, "at nine").waitFor();
    await look(mira, "readers in the details of a message", menu("at nine", "Message details"), "dialog .about-facts");
    await look(mira, "forward", menu("at nine", "Forward"), "dialog .forward-list");
    await look(mira, "remove for everybody", menu("I shall be there", "Remove for everybody"), "dialog");
    expect(mira.faults).toEqual([]);
    await oskar.stop();
  });

  test(`menus, pickers and what a room is set to, ${size}`, async ({ browser }) => {
    test.setTimeout(300_000);
    const { mira, page, path, oskar } = await roomOfTwo(browser, viewport);
    await look(mira, "the menu of a conversation", () => page.getByRole("toolbar", { name: "Conversation" }).getByRole("button", { name: "More", exact: true }).click(), ".menu");
    await look(mira, "emoji", () => page.getByRole("button", { name: "Emoji", exact: true }).click(), ".emoji-grid");
    await look(mira, "people to mention", async () => { await page.locator("#composer").fill(""); await page.locator("#composer").pressSequentially("@"); }, ".complete");
    await page.locator("#composer").fill("");
    await look(mira, "the card of a person", () => messages(mira, "I shall be there").locator(".msg-who").click(), ".pop, [role=dialog]");
    await look(mira, "settings of the room", async () => { await page.goto(`${path}?pane=details`); await page.getByRole("button", { name: "Settings of the room" }).click(); }, "dialog.room-settings, .room-settings");
    await look(mira, "a thread", async () => { await page.goto(path); await messages(mira, "at nine").focus(); await page.keyboard.press("t"); }, "#composer-thread");
    await page.goto("/");
    await look(mira, "a new conversation", () => page.getByRole("button", { name: "New conversation" }).click(), "dialog");
    await look(mira, "keys", () => page.keyboard.press("Control+/"), "dialog .key-list");
    expect(mira.faults).toEqual([]);
    await oskar.stop();
  });
}

test("strangers in the quiet box", async ({ browser }) => {
  const [mira, oskar] = [await person(browser, own, fresh("mira")), await raw(own, fresh("oskar"))];
  await mira.page.goto("/settings/privacy");
  await mira.page.getByRole("switch", { name: "Strangers wait until I look" }).check();
  oskar.send(`<message xmlns="jabber:client" to="${mira.jid}" type="chat" id="o1"><body>You do not know me</body></message>`);
  await mira.page.goto("/people");
  await mira.page.getByRole("region", { name: "Quiet box" }).getByText("Has written 1 message").waitFor();
  await expectNoFaults(mira.page, "quiet box");
  await mira.page.getByRole("region", { name: "Quiet box" }).getByRole("button", { name: "Read" }).click();
  await mira.page.getByText("You do not know me").waitFor();
  await expectNoFaults(mira.page, "words of a stranger");
  expect(mira.faults).toEqual([]);
  await oskar.stop();
});

test("with the colours of the system, and without motion", async ({ browser }) => {
  const [mira, oskar] = [await person(browser, own, fresh("mira")), await raw(own, fresh("oskar"))];
  const { page } = mira;
  oskar.send(`<message xmlns="jabber:client" to="${mira.jid}" type="chat" id="o1"><body>Good morning</body></message>`);
  await talkTo(mira, oskar.jid);
  await say(mira, "A fine one");
  await expect(messages(mira, "A fine one").getByText(/^(sent|delivered|read)$/)).toBeAttached();
  await page.emulateMedia({ forcedColors: "active" });
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    // Contrast is the system's; what axe reads are the colours that are not used.
    expect(await axeFaults(page, `colours of the system, ${scheme}:`, ["color-contrast"])).toEqual([]);
    // What was chosen, what waits and where the focus is can be told without our colours.
    const edges = await page.evaluate(() => {
      const edge = (css: string): boolean => {
        const el = document.querySelector(css);
        const style = el && getComputedStyle(el);
        return style !== null && (style.borderStyle !== "none" || style.outlineStyle !== "none" || style.backgroundColor !== getComputedStyle(document.body).backgroundColor);
      };
      return { row: edge(".row[aria-current]"), box: edge(".box"), bubble: edge("[data-layout=bubbles] .is-own .msg-body") };
    });
    expect(edges).toEqual({ row: true, box: true, bubble: true });
  }
  await page.emulateMedia({ forcedColors: "none", reducedMotion: "reduce" });
  await page.goto("/settings/look");
  await page.locator(".page .block").first().waitFor(); // keys work once there is something
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search or jump to" }).waitFor();
  expect(await page.evaluate(() => document.getAnimations().filter((one) => (one.effect?.getComputedTiming().duration as number) > 1).length)).toBe(0);
  await expectNoFaults(page, "without motion");
  expect(mira.faults).toEqual([]);
  await oskar.stop();
});

// SPDX-License-Identifier: Apache-2.0
// Writing: styling as one types, keys, completion, drafts on all devices, commands.
import { expect, fresh, messages, person, say, talkTo, test } from "./bed.ts";

test("styling shows as one types, Shift+Enter is a line, Enter sends, undo and redo go by words", async ({ browser, server }) => {
  const mira = await person(browser, server, fresh("mira"));
  await talkTo(mira, mira.jid);
  const field = mira.page.locator("#composer");
  await field.click();
  await field.pressSequentially("the *ramp* holds `now`");
  await expect(field.locator("strong", { hasText: "ramp" })).toHaveCount(1);
  await expect(field.locator("code", { hasText: "now" })).toHaveCount(1);
  await field.press("Control+z");
  await expect(field).not.toHaveText(/now/);
  await field.press("Control+Shift+z");
  await expect(field).toHaveText("the *ramp* holds `now`");
  await field.press("Shift+Enter");
  await field.pressSequentially("second");
  await field.press("Enter");
  await expect(messages(mira, "second")).toContainText("holds");
  await expect(field).toHaveText("");
  expect(mira.faults).toEqual([]);
});

test("several lines that come at once stay lines, pasted or put in", async ({ browser, server }) => {
  const mira = await person(browser, server, fresh("mira"));
  await talkTo(mira, mira.jid);
  const field = mira.page.locator("#composer");
  await field.click();
  await mira.page.keyboard.insertText("one\ntwo\n\nfour");
  await field.press("Enter");
  const lines = async (): Promise<string> => mira.page.locator("article.msg").last().locator(".msg-body").innerText();
  await expect(mira.page.locator("article.msg")).toHaveCount(1);
  expect((await lines()).replace(/\n+/g, "\n").trim()).toBe("one\ntwo\nfour");
  await field.evaluate((element) => {
    const data = new DataTransfer();
    data.setData("text/plain", "five\nsix");
    data.setData("text/html", "<b>five</b><br>six");
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await field.press("Enter");
  await expect(mira.page.locator("article.msg")).toHaveCount(2);
  expect((await lines()).replace(/\n+/g, "\n").trim()).toBe("five\nsix");
});

test("Enter sends nothing while an input method composes", async ({ browser, server }) => {
  const mira = await person(browser, server, fresh("mira"));
  await talkTo(mira, mira.jid);
  const field = mira.page.locator("#composer");
  await field.click();
  await field.pressSequentially("nihao");
  for (const init of [{ key: "Enter", isComposing: true }, { key: "Enter", keyCode: 229 }]) await field.dispatchEvent("keydown", init);
  await expect(field).toHaveText("nihao");
  await expect(mira.page.locator("article.msg")).toHaveCount(0);
  const cdp = await mira.page.context().newCDPSession(mira.page);
  await cdp.send("Input.imeSetComposition", { text: "你", selectionStart: 1, selectionEnd: 1 });
  await cdp.send("Input.insertText", { text: "你好" });
  await expect(field).toHaveText(/你好/);
  await field.press("Enter");
  await expect(messages(mira, "你好")).toHaveCount(1);
});

test("a draft is there after a reload and on another device, and goes when it was sent", async ({ browser, server }) => {
  const name = fresh("mira");
  const other = fresh("oskar");
  server.addUser(other);
  const [one, two] = [await person(browser, server, name), await person(browser, server, name)];
  await talkTo(one, `${other}@localhost`);
  await say(one, "first");
  const field = one.page.locator("#composer");
  await field.pressSequentially("not yet sen");
  await two.page.locator(".row", { hasText: other }).getByText("not yet sen").waitFor();
  await two.page.locator(".row", { hasText: other }).click();
  await expect(two.page.locator("#composer")).toHaveText("not yet sen");
  await two.page.locator("#composer").press("End");
  await two.page.locator("#composer").pressSequentially("t");
  await two.page.locator("#composer").press("Enter");
  await expect(messages(one, "not yet sent")).toHaveCount(1);
  await expect(one.page.locator(".row", { hasText: other }).getByText("Draft:")).toHaveCount(0);
});

test("the last message is edited with Up, and answered with Shift+Up", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await talkTo(mira, oskar.jid);
  await say(mira, "the fery is late");
  await expect(messages(mira, "fery").getByText("sent").or(messages(mira, "fery").getByText("delivered"))).toBeAttached();
  await mira.page.locator("#composer").press("ArrowUp");
  await expect(mira.page.locator("#composer")).toHaveText("the fery is late");
  await say(mira, "the ferry is late");
  await talkTo(oskar, mira.jid);
  await expect(messages(oskar, "the ferry is late")).toContainText("edited");
  await oskar.page.locator("#composer").press("Shift+ArrowUp");
  await say(oskar, "how late?");
  await expect(messages(mira, "how late?").locator(".quote")).toContainText("the ferry is late");
});

test("a command of the server is found by a slash, and run", async ({ browser, server }) => {
  const mira = await person(browser, server, fresh("mira"));
  await talkTo(mira, mira.jid);
  const field = mira.page.locator("#composer");
  await field.click();
  await field.pressSequentially("/sh");
  await mira.page.getByRole("option", { name: /shrug/ }).click();
  await field.pressSequentially("well");
  await field.press("Enter");
  await expect(messages(mira, "well ¯")).toHaveCount(1);
});

test("an emoji is written by its name or picked, and a member of the room is named with his", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await mira.page.goto("/rooms");
  await mira.page.getByRole("button", { name: "New room" }).click();
  await mira.page.getByLabel("Name", { exact: true }).fill(`Names ${fresh("room")}`);
  await mira.page.getByRole("textbox", { name: "People" }).fill(oskar.name);
  await mira.page.getByRole("button", { name: "Make the room" }).click();
  const field = mira.page.locator("#composer");
  await say(mira, "here it is");
  await oskar.page.locator(".row", { hasText: "here it is" }).click();
  await expect(messages(oskar, "here it is")).toHaveCount(1);
  await field.click();
  await field.pressSequentially(":rocke");
  await mira.page.getByRole("option", { name: /rocket/ }).first().click();
  await field.pressSequentially(`@${oskar.name.slice(0, 5)}`);
  await mira.page.getByRole("option", { name: oskar.name }).click();
  await field.pressSequentially("look");
  await field.press("Enter");
  await expect(messages(oskar, "look")).toContainText(`🚀 @${oskar.name} look`);
  await expect(messages(oskar, "look")).toHaveClass(/is-you/);
  await field.pressSequentially("@here");
  await mira.page.getByRole("option", { name: "here", exact: true }).click();
  await expect(mira.page.getByText("This reaches 1 person.")).toBeVisible();
  await field.pressSequentially("tide is in");
  await field.press("Enter");
  await expect(messages(oskar, "tide is in")).toHaveClass(/is-you/);
  await oskar.page.locator("#composer").click();
  await oskar.page.locator("#composer").pressSequentially("@every");
  await oskar.page.getByRole("option", { name: "everybody" }).click();
  await expect(oskar.page.getByText("only moderators can call everybody")).toBeVisible();
  await oskar.page.locator("#composer").fill("");
  await field.pressSequentially("ahoy ");
  await mira.page.getByRole("button", { name: "Emoji", exact: true }).click();
  await mira.page.locator(".emoji-pop").getByRole("option").first().click();
  await expect(field).toHaveText(/^ahoy ./);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

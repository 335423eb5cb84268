// SPDX-License-Identifier: Apache-2.0
// What holds for an account holds on all its devices: what others learn of it, and what rooms are called.
import { expect, fresh, messages, person, say, test } from "./bed.ts";
import { raw } from "./raw.ts";

test("what others learn of my reading is the same on two devices, and on the next one", async ({ browser, server }) => {
  const name = fresh("mira");
  const [here, there, oskar] = [await person(browser, server, name), await person(browser, server, name), await raw(server, fresh("oskar"))];
  const reads = (one: typeof here) => one.page.getByRole("switch", { name: "Tell others that I have read" });
  for (const one of [here, there]) {
    await one.page.goto("/settings/privacy");
    await expect(reads(one)).toBeChecked();
  }
  await reads(here).click();
  await expect(reads(there)).not.toBeChecked();
  await expect(there.page.getByRole("switch", { name: "Show that I am writing" })).toBeChecked();

  const next = await person(browser, server, name);
  await next.page.goto("/settings/privacy");
  await expect(reads(next)).not.toBeChecked();

  // It has seen the message, and its other devices know; he does not.
  oskar.send(`<message to="${here.jid}" type="chat" id="m1"><body>Are you there?</body><markable xmlns="urn:xmpp:chat-markers:0"/></message>`);
  await next.page.goto(`/c/${oskar.jid}`);
  await expect(messages(next, "Are you there?")).toBeVisible();
  await say(next, "Yes");
  await oskar.hears((el) => el.toString().includes("<body>Yes</body>"));
  expect(oskar.heard.some((el) => el.toString().includes('<displayed xmlns="urn:xmpp:chat-markers:0"'))).toBe(false);
  await oskar.stop();
  expect([...here.faults, ...there.faults, ...next.faults]).toEqual([]);
});

test("a room is called what it calls itself, whatever an old bookmark says", async ({ browser, server }) => {
  const mira = await person(browser, server, fresh("mira"));
  await mira.page.goto("/rooms");
  await mira.page.getByRole("button", { name: "New room" }).click();
  const old = `Harbour ${fresh("old")}`;
  await mira.page.getByLabel("Name", { exact: true }).fill(old);
  await mira.page.getByRole("button", { name: "Make the room" }).click();
  await say(mira, "under the old name");
  const room = decodeURIComponent(new URL(mira.page.url()).pathname.slice(3));

  const other = await raw(server, mira.name);
  await other.request(`<iq type="set" id="c1" to="${room}"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>http://jabber.org/protocol/muc#roomconfig</value></field><field var="muc#roomconfig_roomname"><value>Winter harbour</value></field></x></query></iq>`);
  const row = mira.page.locator(`.row[data-jid="${room}"] .row-name`);
  await expect(row).toHaveText("Winter harbour");
  // The bookmark of another client still has the old name, and the inbox tells it.
  await other.request(`<iq type="set" id="b1"><pubsub xmlns="http://jabber.org/protocol/pubsub"><publish node="urn:xmpp:bookmarks:1"><item id="${room}"><conference xmlns="urn:xmpp:bookmarks:1" name="${old}" autojoin="true"><extensions><pinned xmlns="urn:xmpp:bookmarks-pinning:0"/></extensions></conference></item></publish></pubsub></iq>`);
  await expect(mira.page.locator(`section[aria-labelledby="s-starred"] .row[data-jid="${room}"]`)).toBeVisible();
  await expect(row).toHaveText("Winter harbour");
  await mira.page.reload();
  await expect(row).toHaveText("Winter harbour");
  await other.stop();
  expect(mira.faults).toEqual([]);
});

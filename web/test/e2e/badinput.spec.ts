// SPDX-License-Identifier: Apache-2.0
// What is not as it should be gets one plain sentence and a way on: a browser without space, files that are refused, a server of another
// version; and what strangers name things is only text, wherever it stands.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PASSWORD, type Person, Server, expect, fresh, messages, person, say, talkTo, test } from "./bed.ts";
import { Older } from "./older.ts";
import { raw } from "./raw.ts";

test.use({ actionTimeout: 30_000 });

/** Takes the space away that the pages of the server may keep things in; what is returned gives it back. */
async function takeSpace(one: Person): Promise<() => Promise<void>> {
  const client = await one.page.context().newCDPSession(one.page);
  const origin = new URL(one.page.url()).origin;
  await client.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
  return async () => {
    await client.send("Storage.overrideQuotaForOrigin", { origin });
    await client.detach();
  };
}

test("a browser that has no space left says so, sends what is written, and goes on when there is some", async ({ browser, server }) => {
  const name = fresh("mira");
  server.addUser(name);
  // A window that keeps things on a disk: one that keeps nothing has no quota.
  const folder = mkdtempSync(join(tmpdir(), "parley-browser-"));
  const context = await browser.browserType().launchPersistentContext(folder, { ...test.info().project.use.launchOptions, baseURL: server.url, serviceWorkers: "block" });
  const page = context.pages()[0] ?? (await context.newPage());
  const mira: Person = { page, name, jid: `${name}@localhost`, faults: [] };
  const oskar = await raw(server, fresh("oskar"));
  await page.goto("/");
  await mira.page.getByLabel("Address").waitFor();
  const giveBack = await takeSpace(mira); // before anything is written: how much there is, browsers do not ask themselves every time
  await mira.page.getByLabel("Address").fill(name);
  await mira.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await mira.page.getByRole("button", { name: "Sign in" }).click();
  await mira.page.locator(".app").waitFor();
  await talkTo(mira, oskar.jid);
  await say(mira, "And when there is none");
  await oskar.hears((el) => el.toString().includes("And when there is none"));
  const line = mira.page.getByRole("status").filter({ hasText: "This browser has no place left" });
  await expect(line).toBeVisible();
  await mira.page.getByRole("textbox", { name: /^Message / }).fill("half a sentence");
  await giveBack();
  await mira.page.getByRole("textbox", { name: /^Message / }).pressSequentially(" more");
  await expect(line).toHaveCount(0);
  await mira.page.reload();
  await expect(mira.page.getByRole("textbox", { name: /^Message / })).toHaveText("half a sentence more");
  await expect(messages(mira, "And when there is none")).toHaveCount(1);
  await context.close();
  rmSync(folder, { recursive: true, force: true });
  await oskar.stop();
});

test("a server of another version: one line, a way on, and what is known stays", async ({ browser, server }) => {
  const [name, friend] = [fresh("mira"), fresh("oskar")];
  server.addUser(name);
  const oskar = await raw(server, friend);
  oskar.send(`<message xmlns="jabber:client" to="${name}@localhost" type="chat" id="o1"><body>Good morning</body></message>`);
  const older = await new Older(server.url, "urn:xmpp:inbox:1", "urn:xmpp:inbox:0").listen();
  const context = await browser.newContext({ baseURL: older.url });
  const page = await context.newPage();
  await page.goto("/");
  await page.getByLabel("Address").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.keyboard.press("Enter");
  const line = page.locator(".renewal");
  await expect(line).toContainText("The server is of another version than this page.");
  await expect(line.getByRole("button", { name: "Reload" })).toBeEnabled();
  await page.getByRole("button", { name: "New conversation" }).click();
  await page.getByRole("dialog").getByLabel("Address").fill(oskar.jid);
  await page.getByRole("button", { name: "Begin" }).click();
  await page.getByRole("textbox", { name: /^Message / }).fill("It still works");
  await page.keyboard.press("Enter");
  await oskar.hears((el) => el.toString().includes("It still works"));
  await context.close();
  older.close();
  await oskar.stop();
});

test("a file that is too large, one that is empty and one too many: a sentence each, and what is written stays", async ({ browser }) => {
  const own = new Server('files = { max_size = "1MiB"; };');
  await own.start();
  const mira = await person(browser, own, fresh("mira"));
  const { page } = mira;
  await talkTo(mira, mira.jid);
  await page.locator("#composer").fill("The minutes");
  const choose = (name: string, size: number, mimeType = "application/octet-stream"): Promise<void> => page.locator('input[type="file"]').first().setInputFiles({ name, mimeType, buffer: Buffer.alloc(size, 1) });
  await choose("large.bin", 2_000_000);
  const tray = page.getByRole("list", { name: "Files to send" });
  await expect(tray.getByRole("alert")).toContainText("larger than the server allows");
  await page.locator("#composer").press("Enter");
  await expect(messages(mira, "The minutes")).toHaveCount(0);
  await expect(page.locator("#composer")).toHaveText("The minutes");
  await page.getByRole("button", { name: "Remove large.bin" }).click();
  await expect(page.locator("#composer")).toBeFocused();
  await choose("empty.bin", 0);
  await expect(tray.getByRole("alert")).toContainText("This file is empty");
  await page.getByRole("button", { name: "Remove empty.bin" }).click();
  await page.locator("#composer").press("Enter");
  await expect(messages(mira, "The minutes").getByText(/^(sent|delivered|read)$/)).toBeAttached();
  expect(mira.faults).toEqual([]);
  await own.stop();
  own.remove();
});

test("a drawing or a page with scripts in it is a card; opened, it is only saved", async ({ browser, server }) => {
  const mira = await person(browser, server, fresh("mira"));
  const { page } = mira;
  await talkTo(mira, mira.jid);
  const svg = "<svg xmlns='http://www.w3.org/2000/svg' onload=\"document.title='owned'\"><script>document.title='owned'</script><text>x</text></svg>";
  for (const [name, mimeType, buffer] of [["ramp.svg", "image/svg+xml", Buffer.from(svg)], ["ramp.html", "text/html", Buffer.from("<script>document.title='owned'</script>")], ["ramp.png", "image/png", Buffer.from(svg)]] as const) {
    await page.locator('input[type="file"]').first().setInputFiles({ name, mimeType, buffer });
    await page.getByRole("list", { name: "Files to send" }).waitFor();
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await expect(messages(mira, name).or(page.getByRole("button", { name: `View ${name}` }))).not.toHaveCount(0);
  }
  await expect(page.locator(".progress")).toHaveCount(0);
  for (const name of ["ramp.svg", "ramp.html"]) {
    const card = page.locator(".attach", { hasText: name });
    await expect(card).toBeVisible();
    const url = (await card.getByRole("link", { name: `Download ${name}` }).getAttribute("href")) ?? "";
    const answer = await page.request.get(url);
    expect(answer.headers()["x-content-type-options"]).toBe("nosniff");
    expect(`${answer.headers()["content-disposition"]} ${answer.headers()["content-security-policy"]}`).toMatch(/attachment|sandbox/);
  }
  expect(await page.locator(".log svg text, .log iframe, .log object").count()).toBe(0);
  expect(await page.title()).not.toContain("owned");
  expect(mira.faults.filter((one) => !/decode|image/i.test(one))).toEqual([]);
});

const NAME = "<b onclick=\"document.title='owned'\">mi\u202Enim</b>{{1+1}}";
const escape = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

test("names of rooms, subjects, states, cards, requests and searches are only text", async ({ browser, server }) => {
  const [mira, liar] = [await person(browser, server, fresh("mira")), await raw(server, fresh("liar"))];
  const { page } = mira;
  const room = `${fresh("deck")}@conference.localhost`;
  liar.send(`<presence xmlns="jabber:client" to="${room}/liar"><x xmlns="http://jabber.org/protocol/muc"/></presence>`);
  await liar.hears((el) => el.name === "presence" && el.attrs.from === `${room}/liar`);
  const field = (of: string, value: string): string => `<field var="${of}"><value>${escape(value)}</value></field>`;
  const form = (fields: string): string => `<x xmlns="jabber:x:data" type="submit">${field("FORM_TYPE", "http://jabber.org/protocol/muc#roomconfig")}${fields}</x>`;
  await liar.request(`<iq xmlns="jabber:client" type="set" id="c" to="${room}"><query xmlns="http://jabber.org/protocol/muc#owner">${form(field("muc#roomconfig_roomname", NAME.replace("\u202E", "")) + field("muc#roomconfig_roomdesc", NAME) + field("muc#roomconfig_publicroom", "1"))}</query></iq>`);
  await liar.request(`<iq xmlns="jabber:client" type="set" id="m" to="${room}"><query xmlns="http://jabber.org/protocol/muc#admin"><item jid="${mira.jid}" affiliation="member"/></query></iq>`);
  await liar.request(`<iq xmlns="jabber:client" type="set" id="v"><vCard xmlns="vcard-temp"><FN>${escape(NAME)}</FN><URL>javascript:document.title='owned'</URL><DESC>${escape(NAME)}</DESC></vCard></iq>`);
  liar.send(
    `<message xmlns="jabber:client" to="${room}" type="groupchat"><subject>${escape(NAME)}</subject></message>`,
    `<message xmlns="jabber:client" to="${room}" type="groupchat" id="w1"><body>owned by ${escape(NAME)} https://good.example@evil.example/ https://раураl.com/</body></message>`,
    `<presence xmlns="jabber:client"><status>${escape(NAME)}</status></presence>`,
    `<presence xmlns="jabber:client" to="${mira.jid}" type="subscribe"><nick xmlns="http://jabber.org/protocol/nick">${escape(NAME)}</nick><status>${escape(NAME)}</status></presence>`,
    `<message xmlns="jabber:client" to="${room}" type="groupchat" id="p1"><body>${escape(NAME)} in a thread</body><thread>w1</thread></message>`,
  );
  const isInert = async (where: string): Promise<void> => {
    const found = await page.evaluate(() => ({
      bold: [...document.querySelectorAll(".app b[onclick], .app [onclick]")].length,
      links: [...document.querySelectorAll<HTMLAnchorElement>(".app a[href]")].filter((el) => !/^(https?|mailto|tel|xmpp|geo):/.test(el.href)).length,
    }));
    expect({ ...found, where }).toEqual({ bold: 0, links: 0, where });
    expect(await page.title()).not.toBe("owned");
  };
  const row = page.locator(`.row[data-jid="${room}"]`);
  await expect(row).toContainText("{{1+1}}");
  await row.click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("<b onclick");
  await expect(messages(mira, "owned by")).toBeVisible();
  // No link hides who is meant: none with a name in front of the host, and letters of two scripts are told apart.
  await expect(messages(mira, "owned by").getByRole("link")).toHaveText([/xn--/]);
  await isInert("room");
  await page.goto(`/c/${encodeURIComponent(room)}?pane=details`);
  await expect(page.locator(".room-details")).toContainText("{{1+1}}");
  await isInert("details");
  await messages(mira, "owned by").locator(".msg-who").click();
  await expect(page.locator(".pop, [role=dialog]").first()).toBeVisible();
  await expect(page.locator(".pop a[href^='javascript'], [role=dialog] a[href^='javascript']")).toHaveCount(0);
  await isInert("card");
  await page.keyboard.press("Escape");
  for (const [path, there] of [["/people", "{{1+1}}"], ["/rooms", "{{1+1}}"], ["/search?q=owned", "owned"]] as const) {
    await page.goto(path);
    await expect(page.locator("main")).toContainText(there);
    await isInert(path);
  }
  await page.keyboard.press("Control+k");
  await page.keyboard.type("{{1");
  await expect(page.getByRole("option").first()).toBeVisible();
  await isInert("switcher");
  expect(mira.faults).toEqual([]);
  await liar.stop();
});

// SPDX-License-Identifier: Apache-2.0
// xmpp: links in messages and in the page's own address, and texts whose signs are none (XEP-0147, XEP-0393, XEP-0245).
import { PASSWORD, type Person, device, expect, fresh, messages, person, say, talkTo, test } from "./bed.ts";
import { raw } from "./raw.ts";

async function publicRoom(one: Person, name: string): Promise<string> {
  await one.page.goto("/rooms");
  await one.page.getByRole("button", { name: "New room" }).click();
  await one.page.getByLabel("Name", { exact: true }).fill(name);
  await one.page.getByText("Everybody may find it and come in").click();
  await one.page.getByRole("button", { name: "Make the room" }).click();
  await expect(one.page.getByRole("heading", { level: 1, name })).toBeVisible();
  return decodeURIComponent(new URL(one.page.url()).pathname.slice("/c/".length));
}

test("links in a message lead to people and rooms, with a draft where they say one", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  const name = `Pier ${fresh("pier")}`;
  const room = await publicRoom(mira, name);
  await say(mira, "mind the gap");
  await talkTo(mira, oskar.jid);
  const other = `${fresh("ines")}@localhost`;
  await say(mira, `in: xmpp:${room}?join and to xmpp:${other}?message;body=Half%20past%20nine%3F`);
  await oskar.page.locator(".row", { hasText: "in: xmpp" }).click();
  await messages(oskar, "in: xmpp").getByRole("link", { name: "?join" }).click();
  await expect(oskar.page.getByRole("heading", { level: 1, name })).toBeVisible();
  await expect(messages(oskar, "mind the gap")).toHaveCount(1);
  await oskar.page.locator(".row", { hasText: "in: xmpp" }).click();
  await messages(oskar, "in: xmpp").getByRole("link", { name: "?message" }).click();
  await expect(oskar.page.getByRole("textbox", { name: /^Message / })).toHaveText("Half past nine?");
  expect(new URL(oskar.page.url()).pathname).toBe(`/c/${other}`);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("a page that is opened with a link follows it behind the door, and asks before it enters a room or adds somebody", async ({ browser, server }) => {
  const mira = await person(browser, server, fresh("mira"));
  const name = `Quay ${fresh("quay")}`;
  const room = await publicRoom(mira, name);
  await say(mira, "welcome ashore");
  const oskar = await device(browser, server, fresh("oskar"));
  server.addUser(oskar.name);
  await oskar.page.goto("about:blank");
  await oskar.page.goto(`/#${encodeURIComponent(`xmpp:${room}?join`)}`);
  await oskar.page.getByLabel("Address").fill(oskar.name);
  await oskar.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await oskar.page.getByRole("button", { name: "Sign in" }).click();
  const ask = oskar.page.getByRole("alertdialog", { name: "Enter this room?" });
  await expect(ask).toContainText(room);
  await ask.getByRole("button", { name: "Enter" }).click();
  await expect(messages(oskar, "welcome ashore")).toHaveCount(1);
  await oskar.page.goto("about:blank");
  await oskar.page.goto(`/#xmpp:${mira.jid}?roster;name=Mira`);
  await oskar.page.getByRole("alertdialog", { name: "Add" }).getByRole("button", { name: "Add" }).click();
  await expect(oskar.page).toHaveURL(new RegExp(`/c/${mira.jid}$`));
  await mira.page.getByRole("link", { name: /^People/ }).click();
  await expect(mira.page.getByRole("region", { name: "Requests" })).toContainText(oskar.name);
  await oskar.page.goto("about:blank");
  await oskar.page.goto("/#xmpp:%");
  await expect(oskar.page.getByText("This link names nobody.")).toBeVisible();
  await oskar.page.goto("/c/%#%");
  await expect(oskar.page.locator(".app")).toBeVisible();
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("the settings offer the browser to open such links here", async ({ browser, server }) => {
  const mira = await person(browser, server, fresh("mira"));
  await mira.page.goto("/settings/about");
  await mira.page.evaluate(() => {
    navigator.registerProtocolHandler = (scheme, url) => void document.body.setAttribute("data-asked", `${scheme} ${url}`);
  });
  await mira.page.getByRole("button", { name: "Open links here" }).click();
  await expect(mira.page.locator("body")).toHaveAttribute("data-asked", `xmpp ${server.url}/#%s`);
});

test("signs that are no styling stay, and /me is told of who has said it", async ({ browser, server }) => {
  const [mira, rosa] = [await person(browser, server, fresh("mira")), await raw(server, fresh("rosa"))];
  const chat = (id: string, inside: string): string => `<message xmlns="jabber:client" to="${mira.jid}" type="chat" id="${id}">${inside}</message>`;
  rosa.send(
    chat("1", "<body>a *bold* word</body>"),
    chat("2", '<body>a *plain* word</body><unstyled xmlns="urn:xmpp:styling:0"/>'),
    chat("3", "<body>/me waves at *all*</body>"),
  );
  await talkTo(mira, rosa.jid);
  await expect(messages(mira, "a bold word").locator("strong")).toHaveText("bold");
  await expect(messages(mira, "a *plain* word").locator("strong")).toHaveCount(0);
  await expect(messages(mira, "waves").locator(".words")).toHaveText(`* ${rosa.jid.split("@")[0]} waves at all`);
  await say(mira, "/me nods");
  await expect(messages(mira, "nods").locator(".words")).toHaveText(`* ${mira.name} nods`);
  await expect(mira.page.locator(`.row[data-jid="${rosa.jid}"]`)).toContainText("* nods");
  expect(mira.faults).toEqual([]);
  await rosa.stop();
});

// SPDX-License-Identifier: Apache-2.0
// What strangers send is looked at, never run or believed: text, names, files, and stanzas that claim what is not theirs to say.
import { expect, fresh, messages, type Person, person, say, talkTo, test } from "./bed.ts";
import { type Raw, raw } from "./raw.ts";

const MARKUP = [
  "<img src=x onerror=\"document.title='owned'\">", "<script>document.title='owned'</script>", "<svg onload=\"document.title='owned'\"><text>x</text></svg>",
  "javascript:document.title='owned'", "[click](javascript:document.title='owned')", "data:text/html,<script>document.title='owned'</script>", "<a href=\"javascript:alert(1)\">here</a>", "{{constructor.constructor('document.title=1')()}}",
];
const escape = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
const chat = (to: string, id: string, inside: string, type = "chat"): string => `<message xmlns="jabber:client" to="${to}" type="${type}" id="${id}">${inside}</message>`;

/** Made by the one, who moderates it; the other one may come in. */
async function roomWith(one: Person, other: Raw): Promise<string> {
  const name = `Deck ${fresh("deck")}`;
  await one.page.getByRole("link", { name: "Public rooms and new ones" }).click();
  await one.page.getByRole("button", { name: "New room" }).click();
  await one.page.getByLabel("Name", { exact: true }).fill(name);
  await one.page.getByRole("textbox", { name: "People" }).fill(other.jid.split("@")[0] ?? "");
  await one.page.getByRole("button", { name: "Make the room" }).click();
  await expect(one.page.getByRole("heading", { level: 1, name })).toBeVisible();
  return decodeURIComponent(new URL(one.page.url()).pathname.slice("/c/".length));
}

/** Nothing of what was sent has become part of the page. */
async function isInert(one: Person): Promise<void> {
  expect(await one.page.title()).not.toContain("owned");
  const found = await one.page.evaluate(() => ({
    elements: document.querySelectorAll(".app script, .app iframe, .app object, .app embed, .app form[action], .app img[src='x'], .app svg text, .app base, .app meta, .app link").length,
    handlers: [...document.querySelectorAll(".app *")].filter((el) => [...el.attributes].some((at) => /^on/i.test(at.name))).length,
    links: [...document.querySelectorAll<HTMLAnchorElement>(".app a[href]")].filter((el) => !/^(https?|mailto|tel|xmpp|geo):/.test(el.href)).map((el) => el.href),
  }));
  expect(found).toEqual({ elements: 0, handlers: 0, links: [] });
  expect(one.faults).toEqual([]);
}

test("markup in texts, names, subjects, files and quotes is only text", async ({ browser, server }) => {
  const [oskar, liar] = [await person(browser, server, fresh("oskar")), await raw(server, fresh("liar"))];
  MARKUP.forEach((text, n) => {
    liar.send(chat(oskar.jid, `m${n}`, `<body>${escape(text)}</body>`));
    liar.send(chat(oskar.jid, `f${n}`, `<body>https://evil.example/${n}</body><file-sharing xmlns="urn:xmpp:sfs:0"><file xmlns="urn:xmpp:file:metadata:0"><name>${escape(text)}</name><media-type>${n % 2 ? "image/svg+xml" : "text/html"}</media-type><desc>${escape(text)}</desc></file><sources><url-data xmlns="http://jabber.org/protocol/url-data" target="https://evil.example/${n}"/></sources></file-sharing>`));
  });
  liar.send(chat(oskar.jid, "j", `<body>javascript:alert(1)</body><x xmlns="jabber:x:oob"><url>javascript:alert(1)</url></x>`));
  liar.send(chat(oskar.jid, "r", `<body>answer</body><reply xmlns="urn:xmpp:reply:0" id="m0" to="${escape(MARKUP[0] ?? "")}"/>`));
  liar.send(chat(oskar.jid, "e", `<reactions xmlns="urn:xmpp:reactions:0" id="r"><reaction>&lt;img src=x&gt;</reaction></reactions>`));
  await talkTo(oskar, liar.jid);
  await expect(messages(oskar, "answer")).toHaveCount(1);
  await expect(messages(oskar, "answer").locator(".react:not(.add)")).toHaveCount(1);
  await expect.poll(async () => { await oskar.page.locator(".log-in").evaluate((el) => { el.scrollTop = 0; }); return oskar.page.locator(".log-start").count(); }).toBe(1);
  for (const text of [MARKUP[0] ?? "", MARKUP[1] ?? ""]) await expect(messages(oskar, text).first()).toBeVisible();
  await isInert(oskar);
  await liar.stop();
});

test("names in a room that are markup or turn the text around", async ({ browser, server }) => {
  const [oskar, liar] = [await person(browser, server, fresh("oskar")), await raw(server, fresh("liar"))];
  const room = await roomWith(oskar, liar);
  const nick = "<b>adm\u202Enimda</b>";
  liar.send(`<presence xmlns="jabber:client" to="${room}/${escape(nick.replace("\u202E", ""))}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`);
  await liar.hears((el) => el.name === "presence" && el.getChild("x", "http://jabber.org/protocol/muc#user")?.getChildren("status").some((one) => one.attrs.code === "110") === true);
  liar.send(chat(room, "one", `<body>\u202Eera uoy ohw\u2066 &lt;b&gt;bold&lt;/b&gt;</body>`, "groupchat"));
  await expect(messages(oskar, "bold")).toHaveCount(1);
  const article = messages(oskar, "bold");
  await expect(article.locator(".msg-who")).toHaveText("<b>admnimda</b>");
  expect(await article.locator(".words").textContent()).not.toContain("\u202E");
  liar.send(chat(room, "two", `<subject>&lt;script&gt;document.title='owned'&lt;/script&gt;</subject>`, "groupchat"));
  await isInert(oskar);
  await liar.stop();
});

/** Somebody has said something; a third one lies about it. */
async function scene(browser: Parameters<typeof person>[0], server: Parameters<typeof person>[1]): Promise<{ oskar: Person; mira: Raw; liar: Raw }> {
  const oskar = await person(browser, server, fresh("oskar"));
  const [mira, liar] = [await raw(server, fresh("mira")), await raw(server, fresh("liar"))];
  mira.send(chat(oskar.jid, "true1", "<body>the ramp holds</body>"));
  await talkTo(oskar, mira.jid);
  await expect(messages(oskar, "the ramp holds")).toHaveCount(1);
  return { oskar, mira, liar };
}

test("corrections, retractions, carbons, archive results and inbox news of strangers are dropped", async ({ browser, server }) => {
  const { oskar, mira, liar } = await scene(browser, server);
  const inner = (text: string): string => `<message xmlns="jabber:client" from="${mira.jid}/phone" to="${oskar.jid}" type="chat" id="fake"><body>${text}</body></message>`;
  const forwarded = (text: string): string => `<forwarded xmlns="urn:xmpp:forward:0"><delay xmlns="urn:xmpp:delay" stamp="2020-01-01T00:00:00Z"/>${inner(text)}</forwarded>`;
  liar.send(
    chat(oskar.jid, "c1", `<body>the ramp is down</body><replace xmlns="urn:xmpp:message-correct:0" id="true1"/>`),
    chat(oskar.jid, "c2", `<retract xmlns="urn:xmpp:message-retract:1" id="true1"/>`),
    chat(oskar.jid, "c3", `<retract xmlns="urn:xmpp:message-retract:1" id="true1"><moderated xmlns="urn:xmpp:message-moderate:1" by="${mira.jid}"/></retract>`),
    chat(oskar.jid, "c4", `<received xmlns="urn:xmpp:carbons:2">${forwarded("forged carbon")}</received>`),
    chat(oskar.jid, "c5", `<sent xmlns="urn:xmpp:carbons:2">${forwarded("forged carbon")}</sent>`),
    chat(oskar.jid, "c6", `<result xmlns="urn:xmpp:mam:2" id="x1" queryid="q">${forwarded("forged history")}</result>`),
    chat(oskar.jid, "c7", `<entry xmlns="urn:xmpp:inbox:1" unread="99" jid="${mira.jid}" id="x"/><conversation xmlns="urn:parley:inbox:0" jid="${mira.jid}" type="chat" marked="true"/>`),
    chat(oskar.jid, "c8", `<reactions xmlns="urn:xmpp:reactions:0" id="true1"><reaction>💩</reaction></reactions>`),
    chat(oskar.jid, "c9", `<body>end of lies</body><stanza-id xmlns="urn:xmpp:sid:0" by="${oskar.jid}" id="true1"/>`),
  );
  await expect(oskar.page.locator(`.row[data-jid="${liar.jid}"]`)).toContainText("end of lies");
  const article = messages(oskar, "the ramp holds");
  await expect(article).toHaveCount(1);
  await expect(article.locator(".react")).toHaveCount(0);
  await expect(article.getByRole("button", { name: "edited" })).toHaveCount(0);
  await expect(oskar.page.getByText("forged")).toHaveCount(0);
  await expect(oskar.page.getByText("99 unread messages")).toHaveCount(0);
  await expect(oskar.page.locator("article.msg")).toHaveCount(1);
  await oskar.page.locator(`.row[data-jid="${liar.jid}"]`).click();
  await expect(messages(oskar, "end of lies")).toHaveCount(1);
  await expect(oskar.page.getByText("forged")).toHaveCount(0);
  // The author himself may.
  mira.send(chat(oskar.jid, "true2", `<body>the ramp holds well</body><replace xmlns="urn:xmpp:message-correct:0" id="true1"/>`));
  await oskar.page.locator(`.row[data-jid="${mira.jid}"]`).click();
  await expect(messages(oskar, "the ramp holds well")).toHaveCount(1);
  expect(oskar.faults).toEqual([]);
  await mira.stop();
  await liar.stop();
});

test("a moderator takes a message out of a room, with a reason; words in private are not of the room", async ({ browser, server }) => {
  const [oskar, liar] = [await person(browser, server, fresh("oskar")), await raw(server, fresh("liar"))];
  const room = await roomWith(oskar, liar);
  const self = (el: { name: string; getChild(name: string, ns?: string): { getChildren(name: string): { attrs: Record<string, string | undefined> }[] } | undefined }): boolean =>
    el.name === "presence" && el.getChild("x", "http://jabber.org/protocol/muc#user")?.getChildren("status").some((one) => one.attrs.code === "110") === true;
  liar.send(`<presence xmlns="jabber:client" to="${room}/liar"><x xmlns="http://jabber.org/protocol/muc"/></presence>`);
  await liar.hears(self);
  liar.send(
    chat(room, "spam1", "<body>buy this boat</body>", "groupchat"),
    chat(`${room}/${oskar.name}`, "pm1", `<body>psst, in private</body><x xmlns="http://jabber.org/protocol/muc#user"/>`),
    chat(room, "ok1", "<body>good morning</body>", "groupchat"),
  );
  await expect(messages(oskar, "good morning")).toHaveCount(1);
  await expect(messages(oskar, "psst")).toHaveCount(0);
  await messages(oskar, "buy this boat").hover();
  await messages(oskar, "buy this boat").getByRole("button", { name: "More", exact: true }).click();
  await oskar.page.getByRole("menuitem", { name: "Remove for everybody" }).click();
  await oskar.page.getByLabel("Reason, which everybody sees").fill("advertising");
  await oskar.page.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(oskar.page.getByText("took this message back: advertising")).toBeVisible();
  await liar.hears((el) => el.getChild("retract", "urn:xmpp:message-retract:1")?.getChild("moderated", "urn:xmpp:message-moderate:1") !== undefined);
  await oskar.page.reload();
  await expect(messages(oskar, "good morning")).toHaveCount(1);
  await expect(messages(oskar, "buy this boat")).toHaveCount(0);
  expect(oskar.faults).toEqual([]);
  await liar.stop();
});

test("words that mean something to programs stop nothing", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await raw(server, fresh("oskar"))];
  await talkTo(mira, oskar.jid);
  await say(mira, "Say what you like");
  const said = await oskar.hears((el) => /Say what you like/.test(el.toString())); // he has sent no presence: a copy
  const id = /<origin-id[^>]* id="([^"]+)"/.exec(said.toString())?.[1] ?? "";
  const to = `to="${mira.jid}" type="chat"`;
  oskar.send(
    `<message ${to} id="h1"><reactions xmlns="urn:xmpp:reactions:0" id="${id}"><reaction>constructor</reaction><reaction>__proto__</reaction></reactions><store xmlns="urn:xmpp:hints"/></message>`,
    `<message ${to} id="h2"><body>https://h.example/x.constructor</body><x xmlns="jabber:x:oob"><url>https://h.example/x.constructor</url></x></message>`,
    `<message ${to} id="h3"><body>you there</body><reference xmlns="urn:xmpp:reference:0" type="mention" begin="0" end="3" uri="xmpp:%"/></message>`,
    `<message to="${mira.jid}" type="error" id="${id}"><error type="cancel"><constructor xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`,
    `<message ${to} id="h4"><body>and the last one</body></message>`,
  );
  await expect(messages(mira, "and the last one")).toBeVisible();
  await expect(messages(mira, "you there")).toBeVisible();
  await mira.page.reload();
  await expect(messages(mira, "and the last one")).toBeVisible();
  await mira.page.goto(`/c/${oskar.jid}?pane=constructor#%`);
  await expect(mira.page.locator(".app")).toBeVisible();
  await oskar.stop();
  expect(mira.faults).toEqual([]);
});

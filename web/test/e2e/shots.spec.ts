// SPDX-License-Identifier: Apache-2.0
// How the client looks: a small firm's server with people, pictures and words, and its main views in light, in the dark, on a phone,
// in Chinese and mirrored, written to build/shots for whoever wants to look. Nothing overflows sideways, and nothing is an error.
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PASSWORD, type Person, Server, device, expect, messages, say, test } from "./bed.ts";
import { type Raw, raw } from "./raw.ts";

const OUT = join(import.meta.dirname, "../../../build/shots");
const ART = join(import.meta.dirname, "../shots");
const art = (name: string): string => readFileSync(join(ART, `${name}.svg`), "utf8");
const CONFERENCE = "conference.tideline.example";
const TIMETABLE = `winter-timetable@${CONFERENCE}`;

/** Draws a picture in the page, as PNG or JPEG, base64. */
const drawn = (one: Person, name: string, width: number, height: number, type = "image/png"): Promise<string> =>
  one.page.evaluate(async ([svg, w, h, as]) => {
    const image = new Image();
    image.src = `data:image/svg+xml;base64,${btoa(unescape(encodeURIComponent(svg)))}`;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: w, height: h });
    canvas.getContext("2d")?.drawImage(image, 0, 0, w, h);
    return canvas.toDataURL(as, 0.9).split(",")[1] ?? "";
  }, [art(name), width, height, type] as const);

const sha1 = async (base64: string): Promise<string> => Buffer.from(await crypto.subtle.digest("SHA-1", Buffer.from(base64, "base64"))).toString("hex");
const publish = (node: string, id: string, payload: string): string => `<iq type="set" id="${crypto.randomUUID()}"><pubsub xmlns="http://jabber.org/protocol/pubsub"><publish node="${node}"><item id="${id}">${payload}</item></publish><publish-options><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>http://jabber.org/protocol/pubsub#publish-options</value></field><field var="pubsub#access_model"><value>open</value></field></x></publish-options></pubsub></iq>`;

const nickOf = (jid: string): string => jid.charAt(0).toUpperCase() + (jid.split("@")[0] ?? "").slice(1);

async function showFace(one: Raw, picture: string): Promise<void> {
  const id = await sha1(picture);
  await one.request(publish("urn:xmpp:avatar:data", id, `<data xmlns="urn:xmpp:avatar:data">${picture}</data>`));
  await one.request(publish("urn:xmpp:avatar:metadata", id, `<metadata xmlns="urn:xmpp:avatar:metadata"><info id="${id}" bytes="${Buffer.from(picture, "base64").length}" type="image/png" width="96" height="96"/></metadata>`));
}

/** Somebody with a face who is there, and a contact. */
async function friend(server: Server, mira: Person, name: string, status: string): Promise<Raw> {
  const one = await raw(server, name);
  one.send(`<presence><status>${status}</status></presence>`, `<presence to="${mira.jid}" type="subscribe"/>`, `<presence to="${mira.jid}" type="subscribed"/>`);
  // First the card: one without a picture would take the picture away (XEP-0398).
  await one.request(`<iq type="set" id="v"><vCard xmlns="vcard-temp"><FN>${name}</FN><TITLE>Operations</TITLE><ORG><ORGNAME>Holm office</ORGNAME></ORG><TEL><NUMBER>Pier extension 12</NUMBER></TEL></vCard></iq>`);
  await showFace(one, await drawn(mira, `av-${name}`, 96, 96));
  return one;
}

/** A room of somebody, with members. */
async function room(owner: Raw, jid: string, name: string, subject: string, members: string[]): Promise<void> {
  owner.send(`<presence to="${jid}/${nickOf(owner.jid)}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`);
  await owner.hears((el) => el.name === "presence" && el.attrs.from?.startsWith(`${jid}/`) === true);
  const field = (of: string, value: string): string => `<field var="${of}"><value>${value}</value></field>`;
  await owner.request(`<iq type="set" id="c" to="${jid}"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit">${field("FORM_TYPE", "http://jabber.org/protocol/muc#roomconfig")}${field("muc#roomconfig_roomname", name)}${field("muc#roomconfig_whois", "anyone")}</x></query></iq>`);
  await owner.request(`<iq type="set" id="m" to="${jid}"><query xmlns="http://jabber.org/protocol/muc#admin">${members.filter((one) => one !== owner.jid).map((one) => `<item jid="${one}" affiliation="member"/>`).join("")}</query></iq>`);
  if (subject) owner.send(`<message to="${jid}" type="groupchat"><subject>${subject}</subject></message>`);
}

const into = (jid: string, id: string, body: string, more = ""): string => `<message to="${jid}" type="groupchat" id="${id}"><body>${body}</body>${more}<origin-id xmlns="urn:xmpp:sid:0" id="${id}"/></message>`;

async function enter(who: Raw, jid: string): Promise<void> {
  who.send(`<presence to="${jid}/${nickOf(who.jid)}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`);
  await who.hears((el) => el.name === "presence" && el.attrs.from === `${jid}/${nickOf(who.jid)}`);
}

/** The id that a room has given to what was said. */
async function idOf(who: Raw, jid: string, id: string): Promise<string> {
  const el = await who.hears((one) => one.name === "message" && bareOf(one.attrs.from) === jid && one.attrs.id === id);
  return el.getChild("stanza-id", "urn:xmpp:sid:0")?.attrs.id ?? "";
}
const bareOf = (jid: string | undefined): string => jid?.split("/")[0] ?? "";

interface Scene {
  mira: Person;
  friends: Raw[];
}

async function stage(mira: Person, server: Server): Promise<Scene> {
  const named = { ines: "On the pier until noon", kofi: "", oskar: "", priya: "", freya: "" };
  const own = await raw(server, "mira");
  own.send("<presence/>");
  await own.request(`<iq type="get" id="r"><query xmlns="jabber:iq:roster"/></iq>`);
  await own.request(publish("http://jabber.org/protocol/nick", "current", `<nick xmlns="http://jabber.org/protocol/nick">Mira</nick>`));
  for (const name of Object.keys(named)) await own.request(`<iq type="set" id="${name}"><query xmlns="jabber:iq:roster"><item jid="${name}@${server.domain}" name="${nickOf(name)}"/></query></iq>`);
  for (const name of Object.keys(named)) own.send(`<presence to="${name}@${server.domain}" type="subscribed"/>`, `<presence to="${name}@${server.domain}" type="subscribe"/>`);
  await showFace(own, await drawn(mira, "av-mira", 96, 96));
  await own.stop();
  const [ines, kofi, oskar, priya, freya] = (await Promise.all(Object.entries(named).map(([name, status]) => friend(server, mira, name, status)))) as [Raw, Raw, Raw, Raw, Raw];
  const all = [ines, kofi, oskar, priya, freya];
  const jids = [mira.jid, ...all.map((one) => one.jid)];
  await room(ines, TIMETABLE, "Winter timetable", "Goes live on Tuesday 1 December. Times in local time, 24 hours.", jids);
  await room(kofi, `crew-on-call@${CONFERENCE}`, "Crew on call", "", jids);
  await room(freya, `announcements@${CONFERENCE}`, "Announcements", "", jids);
  await room(oskar, `web@${CONFERENCE}`, "Web and apps", "", jids);
  for (const one of [kofi, oskar, priya, freya]) await enter(one, TIMETABLE);
  ines.send(into(TIMETABLE, "i1", "The council has confirmed the new slot at Holm pier. We can publish from *Tuesday 1 December*, and the night sailing stays. Thank you all for the patience!"));
  const first = await idOf(priya, TIMETABLE, "i1");
  for (const [one, emoji] of [[kofi, "⛵"], [oskar, "⛵"], [priya, "🎉"], [freya, "🎉"]] as const) one.send(`<message to="${TIMETABLE}" type="groupchat" id="${crypto.randomUUID()}"><reactions xmlns="urn:xmpp:reactions:0" id="${first}"><reaction>${emoji}</reaction></reactions><store xmlns="urn:xmpp:hints"/></message>`);
  kofi.send(into(TIMETABLE, "k1", "&gt; the night sailing stays\nThen the crew roster still ends at 22:00. I will change it.", `<reply xmlns="urn:xmpp:reply:0" id="${first}" to="${TIMETABLE}/Ines"/><fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:reply:0"><body start="0" end="26"/></fallback>`));
  await idOf(priya, TIMETABLE, "k1");
  freya.send(into(TIMETABLE, "f1", "Trial sailing with the night crew: which evening?"));
  const asked = await idOf(priya, TIMETABLE, "f1");
  const inThread = (n: string, body: string): string => into(TIMETABLE, n, body, `<thread>${asked}</thread><in xmlns="urn:parley:threads:0" also="false"/>`);
  for (const [one, id, body] of [[kofi, "t1", "Wednesday, if the wind lets us."], [ines, "t2", "Wednesday is fine here, too."], [oskar, "t3", "I bring the thermos ☕"]] as const) {
    one.send(inThread(id, body));
    await idOf(priya, TIMETABLE, id);
  }
  const chat = (id: string, body: string): string => `<message to="${mira.jid}" type="chat" id="${id}"><body>${body}</body></message>`;
  freya.send(into(`announcements@${CONFERENCE}`, "a1", "The office is closed on Monday"));
  ines.send(chat("d1", "Shall I print the tide tables?"));
  oskar.send(into(`web@${CONFERENCE}`, "w1", "The cache header should go out today"), chat("o1", "Are you at the pier?"), chat("o2", "The ramp is free from nine"));
  await enter(kofi, `crew-on-call@${CONFERENCE}`);
  kofi.send(into(`crew-on-call@${CONFERENCE}`, "c1", "@Mira can you swap Friday?", `<reference xmlns="urn:xmpp:reference:0" type="mention" begin="0" end="5" uri="xmpp:${mira.jid}"/>`));
  return { mira, friends: all };
}

async function talk({ mira, friends: [ines, , oskar, priya] }: Scene): Promise<void> {
  await mira.page.goto(`/c/${TIMETABLE}`);
  await expect(messages(mira, "which evening?")).toBeVisible();
  await say(mira, "Morning all. The Holm page still shows the summer times. I am moving it to the new table:\n```ts\n// winter: Holm moves ten minutes, Skerry stays\nexport const season = { from: \"2026-12-01\", shift: 10 };\n```");
  await expect(messages(mira, "season")).toBeVisible();
  const photo = Buffer.from(await drawn(mira, "photo-ferry", 960, 600, "image/jpeg"), "base64");
  await mira.page.locator('input[type="file"]').first().setInputFiles({ name: "ferry.jpg", mimeType: "image/jpeg", buffer: photo });
  await expect(mira.page.locator(".tray-thumb")).toBeVisible();
  await say(mira, "From the ramp this morning");
  await expect(messages(mira, "From the ramp this morning").getByRole("progressbar")).toHaveCount(0);
  priya?.send(into(TIMETABLE, "p1", "@Mira could you check the stop order before I import it? The tides I used: https://tideline.example/tables/december", `<reference xmlns="urn:xmpp:reference:0" type="mention" begin="0" end="5" uri="xmpp:${mira.jid}"/>`));
  await expect(messages(mira, "stop order")).toBeVisible();
  await say(mira, "Looking at it now, you will have it before ten. ☕");
  const last = messages(mira, "before ten");
  await expect(last).toBeVisible();
  for (const one of [ines, oskar]) one?.send(`<message to="${TIMETABLE}" type="groupchat"><composing xmlns="http://jabber.org/protocol/chatstates"/><no-store xmlns="urn:xmpp:hints"/></message>`);
  await expect(mira.page.locator(".typing-line")).toContainText("writing");
}

/** One picture, when nothing moves any more; and nothing sticks out. */
async function shoot(one: Person, name: string): Promise<void> {
  await one.page.evaluate(() => document.fonts.ready);
  await one.page.evaluate(() => Promise.all(document.getAnimations().filter((each) => each.effect?.getComputedTiming().iterations !== Infinity).map((each) => each.finished.catch(() => undefined))));
  await one.page.screenshot({ path: join(OUT, `${name}.png`) });
  expect(await one.page.evaluate(() => document.documentElement.scrollWidth - innerWidth), `${name} is too wide`).toBeLessThanOrEqual(0);
}

async function views(one: Person, tag: string, isShort = false): Promise<void> {
  const { page } = one;
  const at = async (path: string, there: string, name: string, behind = there): Promise<void> => {
    await page.goto(path);
    await expect(page.locator(there).first()).toBeVisible();
    await page.locator(behind).first().waitFor({ state: "attached" });
    await shoot(one, `${name}-${tag}`);
  };
  await at("/", ".row", "list");
  await at("/settings/look", ".block", "settings");
  if (!isShort) {
    await at("/catch-up", ".catch-row", "catch-up");
    await at("/people", ".found-room", "people");
    await at("/rooms", ".page-in", "rooms");
    await at("/search", "input[type=search], [role=combobox]", "search");
    await at("/settings/devices", ".device-rows > *", "devices");
  }
  await at(`/c/${TIMETABLE}?pane=members`, ".person", "members", "article.msg");
  await at(`/c/${TIMETABLE}?pane=details`, ".room-details, .pane .facts, .pane button.btn", "details", "article.msg");
  await at(`/c/${TIMETABLE}`, "article.msg", "room");
  await page.locator("button.replies").first().click();
  await expect(page.locator(".pane article.msg").first()).toBeVisible();
  await shoot(one, `thread-${tag}`);
}

test("the main views, as pictures", async ({ browser }) => {
  test.setTimeout(400_000);
  mkdirSync(OUT, { recursive: true });
  const server = new Server("", "", "tideline.example");
  await server.start();
  await server.stop();
  appendFileSync(join(server.folder, "parley.conf"), `http = { url = "${server.url}"; };\n`);
  await server.start();
  server.addUser("mira");
  const door = await device(browser, server, "mira", { viewport: { width: 1400, height: 880 } });
  await shoot(door, "door-light");
  const signIn = async (one: Person): Promise<void> => {
    await one.page.locator("#address").fill(one.jid);
    await one.page.locator("input[name=password]").fill(PASSWORD);
    await one.page.keyboard.press("Enter");
    await one.page.locator(".app").waitFor();
  };
  await signIn(door);
  const scene = await stage(door, server);
  await talk(scene);
  await shoot(door, "conversation-light");
  await door.page.emulateMedia({ colorScheme: "dark" });
  await shoot(door, "conversation-dark");
  await door.page.emulateMedia({ colorScheme: "light" });
  await views(door, "light");
  await door.page.keyboard.press("Control+k");
  await door.page.getByRole("combobox").fill("win");
  await shoot(door, "switcher-light");

  const dark = await device(browser, server, "mira", { viewport: { width: 1400, height: 880 }, colorScheme: "dark" });
  await signIn(dark);
  await views(dark, "dark");
  const phone = await device(browser, server, "mira", { viewport: { width: 390, height: 800 }, hasTouch: true });
  await signIn(phone);
  await views(phone, "phone");
  for (const [tag, language] of [["zh", "zh"], ["mirrored", "ar-x-mirror"]] as const) {
    await door.page.evaluate((to) => localStorage.setItem("parley.language", to), language);
    await views(door, tag, true);
  }
  expect([...door.faults, ...dark.faults, ...phone.faults]).toEqual([]);
  for (const one of scene.friends) await one.stop();
  await server.stop();
  server.remove();
});

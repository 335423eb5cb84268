// SPDX-License-Identifier: Apache-2.0
// Our client, Converse and profanity in one room and two by two: what each sends, the others see as well as they can.
import { type Person, say, talkTo } from "./bed.ts";
import { type Stage, expect, PATIENCE, sees, terminal, test } from "./stage.ts";

const waits = { timeout: PATIENCE };
const DOT = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

/** The message that says a text itself. */
const said = (one: Person, text: string) => one.page.locator("article.msg").filter({ has: one.page.locator(".words", { hasText: text }) });
const words = (one: Person, text: string) => said(one, text).locator(".words");

/** Chooses something in the menu of a message of ours; the log may just move. */
async function choose(one: Person, text: string, name: string): Promise<void> {
  const soon = { timeout: 3000 };
  await expect(async () => {
    await one.page.keyboard.press("Escape");
    await said(one, text).hover(soon);
    await said(one, text).getByRole("button", { name: "More", exact: true }).click(soon);
    await one.page.getByRole("menuitem", { name }).click(soon);
  }).toPass(waits);
}
async function react(one: Person, text: string): Promise<void> {
  await expect(async () => {
    await said(one, text).hover({ timeout: 3000 });
    await said(one, text).getByRole("button", { name: "React with 👍" }).click({ timeout: 3000 });
  }).toPass(waits);
}
async function reply(one: Person, text: string, answer: string): Promise<void> {
  await expect(async () => {
    await said(one, text).hover({ timeout: 3000 });
    await said(one, text).getByRole("toolbar", { name: "Message tools" }).getByRole("button", { name: "Reply" }).click({ timeout: 3000 });
    await expect(one.page.locator(".ctx")).toContainText(text, { timeout: 3000 });
  }).toPass(waits);
  await say(one, answer);
}
const toRoom = async ({ mira, rosa, room }: Stage): Promise<void> => {
  await talkTo(mira, room);
  await rosa.open("rooms", room);
};

/** What holds in a room as well as between two. */
async function about(stage: Stage, tag: string): Promise<void> {
  const { mira, rosa } = stage;
  await say(mira, `ours ${tag} one`);
  await expect(rosa.messages(`ours ${tag} one`)).toHaveCount(1, waits);
  await rosa.say(`theirs ${tag} one`);
  await expect(said(mira, `theirs ${tag} one`)).toHaveCount(1, waits);

  // Replies (XEP-0461): both show a quote, neither the words that stand there for others (XEP-0428).
  await reply(mira, `theirs ${tag} one`, `answer ${tag} of ours`);
  await expect(rosa.messages(`answer ${tag} of ours`).locator(".chat-msg__reply-context")).toContainText(`theirs ${tag} one`, waits);
  await expect(rosa.messages(`answer ${tag} of ours`).locator(".chat-msg__text")).toHaveText(`answer ${tag} of ours`, waits);
  await rosa.choose(`ours ${tag} one`, "reply");
  await rosa.say(`answer ${tag} of theirs`);
  await expect(words(mira, `answer ${tag} of theirs`)).toHaveText(`answer ${tag} of theirs`, waits);
  await expect(said(mira, `answer ${tag} of theirs`).locator(".quote")).toContainText(`ours ${tag} one`);

  // Reactions (XEP-0444).
  await react(mira, `answer ${tag} of theirs`);
  await expect(rosa.messages(`answer ${tag} of theirs`).locator(".chat-msg__reaction")).toContainText("👍", waits);
  await rosa.react(`answer ${tag} of ours`);
  await expect(said(mira, `answer ${tag} of ours`).locator(".react:not(.add)")).toHaveCount(1, waits);

  // Corrections (XEP-0308). Ours answers something: its quote stays.
  await choose(mira, `answer ${tag} of ours`, "Edit");
  await say(mira, `answer ${tag} of ours, mended`);
  await expect(rosa.messages(`answer ${tag} of ours`).locator(".chat-msg__text")).toHaveText(`answer ${tag} of ours, mended`, waits);
  await expect(rosa.messages(`answer ${tag} of ours`).locator(".chat-msg__reply-context")).toContainText(`theirs ${tag} one`);
  await rosa.choose(`answer ${tag} of theirs`, "edit");
  await expect(rosa.field).toHaveValue(new RegExp(`answer ${tag} of theirs`), waits);
  await rosa.say(`answer ${tag} of theirs, mended`);
  await expect(words(mira, `answer ${tag} of theirs`)).toHaveText(/, mended\s*edited$/, waits);

  // Retractions (XEP-0424).
  await say(mira, `ours ${tag} gone`);
  await expect(rosa.messages(`ours ${tag} gone`)).toHaveCount(1, waits);
  await rosa.say(`theirs ${tag} gone`);
  await expect(said(mira, `theirs ${tag} gone`)).toHaveCount(1, waits);
  await choose(mira, `ours ${tag} gone`, "Take back for everybody");
  if (tag === "pair") {
    // In rooms Converse 14 looks for the id of the sender instead of that of the room.
    await expect(rosa.gone.filter({ hasText: "mira" })).toHaveCount(1, waits);
    await expect(rosa.messages(`ours ${tag} gone`)).toHaveCount(0);
  }
  await rosa.choose(`theirs ${tag} gone`, "retract");
  await rosa.agree();
  await expect(mira.page.locator("article.msg .gone", { hasText: /^rosa took this message back$/ })).toHaveCount(1, waits);
  await expect(said(mira, `theirs ${tag} gone`)).toHaveCount(0);
}

test("in a room: who is there, texts with styling, the topic, who writes", async ({ stage }) => {
  const { mira, rosa, paul } = stage;
  await expect(mira.page.getByRole("button", { name: "Members" })).toHaveText(paul ? "3" : "2", waits);
  await say(mira, "a *bold* word from the bridge");
  await expect(rosa.messages("word from the bridge").locator("b, strong")).toContainText("bold", waits);
  await rosa.say("an _inclined_ word from the pier");
  await expect(said(mira, "word from the pier").locator("em")).toHaveText("inclined", waits);
  await say(mira, "/topic The winter timetable");
  await expect(rosa.heading).toContainText("The winter timetable", waits);
  await rosa.field.pressSequentially("hm");
  await expect(mira.page.getByText("rosa is writing", { exact: true })).toBeVisible(waits);
  await rosa.say("hm");
  await mira.page.getByRole("textbox", { name: /^Message / }).pressSequentially("mh");
  await expect(rosa.notice).toContainText("mira is typing", waits);
  await mira.page.getByRole("textbox", { name: /^Message / }).fill("");
  if (!paul) return;
  await sees(paul, "a *bold* word from the bridge");
  await sees(paul, "an _inclined_ word from the pier");
  await sees(paul, "The winter timetable");
  paul.type("plain words from the engine");
  await expect(words(mira, "words from the engine")).toHaveText("plain words from the engine", waits);
  await expect(rosa.messages("words from the engine")).toHaveCount(1, waits);
});

test("in a room: replies, reactions, corrections, retractions", async ({ stage }) => {
  await toRoom(stage);
  await about(stage, "room");
  const { mira, rosa, paul } = stage;
  if (!paul) return;
  // Profanity knows corrections, and sees the rest as what stands there for it.
  await sees(paul, "> theirs room one");
  await sees(paul, "answer room of ours, mended");
  await sees(paul, "took back a message, which this client cannot show");
  expect(paul.screen()).not.toContain("👍");
  paul.type("engine at haf speed");
  await expect(rosa.messages("engine at haf speed")).toHaveCount(1, waits);
  paul.type("/correct engine at half speed");
  await expect(words(mira, "engine at half")).toHaveText(/^engine at half speed\s*edited$/, waits);
});

test("in a room: moderation, mentions, files, and who has read", async ({ stage }) => {
  const { mira, rosa, paul, room } = stage;
  await toRoom(stage);
  // Moderation (XEP-0425), first by ours, then by theirs.
  await rosa.say("cheap boats for sale");
  await choose(mira, "cheap boats", "Remove for everybody");
  await mira.page.getByLabel("Reason, which everybody sees").fill("advertising");
  await mira.page.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(rosa.gone.filter({ hasText: "advertising" })).toHaveCount(1, waits);
  await mira.page.getByRole("button", { name: "Members" }).click();
  const members = mira.page.getByRole("complementary", { name: "Members" });
  await members.getByRole("button", { name: "What to do about rosa" }).click();
  await mira.page.getByRole("menuitem", { name: "Make admin" }).click();
  await mira.page.getByRole("button", { name: "Members" }).click();
  await say(mira, "nobody needs this line");
  await expect(rosa.messages("nobody needs this line").locator(".chat-msg__action-retract")).toHaveCount(1, waits);
  await rosa.choose("nobody needs this line", "retract");
  await rosa.agree();
  await expect(said(mira, "nobody needs this line")).toHaveCount(0, waits);

  // Mentions (XEP-0372).
  await rosa.say("@mira the ramp is yours");
  await expect(said(mira, "the ramp is yours").locator(".mention.me")).toHaveCount(1, waits);
  const field = mira.page.getByRole("textbox", { name: /^Message / });
  await field.pressSequentially("@ros");
  await mira.page.getByRole("option", { name: /rosa/ }).click();
  await field.pressSequentially("and the rudder is yours");
  await field.press("Enter");
  await expect(rosa.messages("the rudder is yours").locator(".mention")).toHaveText("@rosa", waits);

  // Files (XEP-0363, 0447, 0066).
  await mira.page.locator("form.compose input[type=file]").setInputFiles({ name: "ours.png", mimeType: "image/png", buffer: DOT });
  await mira.page.getByRole("button", { name: "Send" }).click();
  await expect(rosa.pictures("ours.png")).toHaveCount(1, waits);
  await rosa.page.locator("input.fileupload:visible, input.fileupload").last().setInputFiles({ name: "theirs.png", mimeType: "image/png", buffer: DOT });
  await expect(mira.page.locator("article.msg .photo img")).toHaveCount(2, waits);
  if (paul) {
    await sees(paul, /http\S+\/ours\.png/);
    await sees(paul, /http\S+\/theirs\.png/);
  }

  // Markers (XEP-0333).
  await say(mira, "has anybody read this?");
  await expect(rosa.messages("has anybody read this?")).toHaveCount(1, waits);
  await rosa.page.bringToFront();
  await rosa.field.click();
  await expect(said(mira, "has anybody read this?").locator(".readers")).toContainText("rosa", waits);

  // What is unread.
  await mira.page.getByRole("link", { name: /^People/ }).click();
  await rosa.say("@mira one for later");
  await expect(mira.page.locator(`.row[data-jid="${room}"]`)).toContainText(/\d mentions?/, waits); // the one before may still be unread
  await rosa.open("chats", mira.jid);
  await talkTo(mira, room);
  await say(mira, "rosa: one for later, too");
  await expect(rosa.row("rooms", "Deck").locator(".msgs-indicator")).toContainText("1", waits);
});

test("between two: ticks, replies, reactions, corrections, retractions", async ({ stage }) => {
  const { mira, rosa } = stage;
  await talkTo(mira, rosa.jid);
  await rosa.open("chats", mira.jid);
  await say(mira, "is this line alive?");
  await expect(said(mira, "is this line alive?").getByText(/^(delivered|read)$/)).toBeAttached(waits);
  await about(stage, "pair");
});

test("between two, one of them with profanity: ticks, who writes, and what is encrypted for other devices", async ({ stage }) => {
  const { mira, paul, server } = stage;
  test.skip(!paul, "profanity or tmux is missing");
  if (!paul) return;
  await talkTo(mira, "paul@localhost");
  paul.type("/win 1"); // in the window of a room it would be for an occupant
  paul.type("/msg mira@localhost a word from below deck");
  await expect(words(mira, "a word from below deck")).toHaveText("a word from below deck", waits);
  await say(mira, "a word *from* above");
  await sees(paul, "a word *from* above");
  await expect(said(mira, "above").getByText(/^(delivered|read)$/)).toBeAttached(waits);
  await choose(mira, "above", "Edit");
  await say(mira, "a word from far above");
  await sees(paul, "a word from far above");
  await mira.page.getByRole("textbox", { name: /^Message / }).pressSequentially("mh");
  await sees(paul, "typing");
  await mira.page.getByRole("textbox", { name: /^Message / }).fill("");
  paul.type("/me stokes the fire");
  await expect(words(mira, "stokes the fire")).toHaveText("* paul stokes the fire", waits);

  // Mira has OMEMO on another device: here it is one plain sentence (XEP-0384).
  const cabin = await terminal(server, "mira", "cabin");
  try {
    for (const one of [cabin, paul]) {
      one.type("/win 1");
      one.type("/omemo trustmode blind");
      one.type("/omemo gen");
      await sees(one, "materials generated");
    }
    paul.type("/msg mira@localhost");
    paul.type("/omemo start");
    const sentence = mira.page.locator("article.msg", { hasText: "Encrypted for other devices" });
    await expect(async () => {
      paul.type("the coal is short"); // until it knows the keys, it refuses
      await expect(sentence.first()).toBeVisible({ timeout: 3000 });
    }).toPass(waits);
    cabin.type("/msg paul@localhost");
    await sees(cabin, "the coal is short");
    await expect(mira.page.getByText(/OMEMO|the coal is short/)).toHaveCount(0);
    await expect(mira.page.locator('.row[data-jid="paul@localhost"]')).toContainText("Encrypted message");
  } finally {
    cabin.close();
  }
});

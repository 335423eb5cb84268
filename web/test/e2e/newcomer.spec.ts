// SPDX-License-Identifier: Apache-2.0
// Somebody new: from an invitation link to a message, a file, a thread, a search hit and a muted room, with what stands on the screen
// and nothing else, on a laptop and on a phone. Each step is a picture in build/shots.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type Locator } from "@playwright/test";
import { PASSWORD, type Person, Server, type Wish, device, expect, fresh, messages, person, say, test } from "./bed.ts";

const OUT = join(import.meta.dirname, "../../../build/shots");

test.use({ actionTimeout: 30_000 });
/** Its people may give accounts away. */
const own = new Server('invites = { accounts = "users"; };');
test.beforeAll(async () => {
  mkdirSync(OUT, { recursive: true });
  await own.start();
});
test.afterAll(async () => {
  await own.stop();
  own.remove();
  expect(own.output).not.toMatch(/AddressSanitizer|runtime error|LeakSanitizer/);
});

/** A room with people who talk, and the link into it that its owner copies; she may give accounts away. */
async function crew(browser: Browser, server: Server): Promise<{ ines: Person; link: string; room: string }> {
  const ines = await person(browser, server, fresh("ines"));
  const oskar = await person(browser, server, fresh("oskar"));
  const room = `Harbour crew ${fresh("deck")}`;
  await ines.page.goto("/rooms");
  await ines.page.getByRole("button", { name: "New room" }).click();
  await ines.page.getByLabel("Name", { exact: true }).fill(room);
  await ines.page.getByRole("textbox", { name: "People" }).fill(oskar.name);
  await ines.page.getByRole("button", { name: "Make the room" }).click();
  await expect(ines.page.getByRole("heading", { level: 1, name: room })).toBeVisible();
  await ines.page.screenshot({ path: join(OUT, "newcomer-new-room.png") });
  await say(ines, "Morning all. The *night ferry* is back on Friday.");
  await say(ines, "Who takes the ropes at Holm?");
  await oskar.page.locator(".row", { hasText: "Who takes the ropes" }).click();
  await say(oskar, "I can, if somebody brings coffee");
  await expect(messages(ines, "brings coffee")).toHaveCount(1);
  await ines.page.getByRole("button", { name: "Details" }).click();
  await ines.page.getByRole("button", { name: "Invitation link", exact: true }).click();
  await expect(ines.page.getByText("one person, once")).toBeVisible();
  const link = await ines.page.getByRole("textbox", { name: "Invitation link" }).inputValue();
  await ines.page.screenshot({ path: join(OUT, "newcomer-inviter.png") });
  return { ines, link, room };
}

class Walk {
  private steps = 0;
  readonly one: Person;
  private readonly tag: string;
  private readonly isTouch: boolean;

  constructor(one: Person, tag: string, isTouch: boolean) {
    this.one = one;
    this.tag = tag;
    this.isTouch = isTouch;
  }

  get page() {
    return this.one.page;
  }
  press = (what: Locator): Promise<void> => (this.isTouch ? what.tap() : what.click());

  /** What there is to see now; nothing sticks out. */
  async look(name: string): Promise<void> {
    const { page } = this;
    await page.evaluate(() => Promise.all(document.getAnimations().filter((each) => each.effect?.getComputedTiming().iterations !== Infinity).map((each) => each.finished.catch(() => undefined))));
    await page.screenshot({ path: join(OUT, `newcomer-${this.tag}-${String(++this.steps).padStart(2, "0")}-${name}.png`) });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), `${name} is too wide`).toBeLessThanOrEqual(0);
  }

  /** On a phone the list is a page of its own. */
  async toList(): Promise<void> {
    if (this.isTouch) await this.press(this.page.getByRole("link", { name: "Back to conversations" }));
  }

  /** A finger that stays; with a mouse the tool beside the message. */
  async thread(message: Locator): Promise<void> {
    if (!this.isTouch) {
      await message.hover();
      await this.look("tools");
      return message.getByRole("button", { name: "Answer in a thread" }).click();
    }
    const client = await this.page.context().newCDPSession(this.page);
    await expect(async () => { // what still moves under a finger is not held by it
      const box = await message.boundingBox();
      await client.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: (box?.x ?? 0) + 120, y: (box?.y ?? 0) + 12 }] });
      const isHeld = await this.page.locator("article[data-held]").waitFor({ timeout: 3000 }).then(() => true, () => false);
      await client.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
      expect(isHeld).toBe(true);
    }).toPass({ timeout: 60_000 });
    await this.look("menu");
    await this.press(this.page.getByRole("menuitem", { name: "Answer in a thread" }));
  }
}

async function comeIn(walk: Walk, link: string, room: string): Promise<void> {
  const { page, press } = walk;
  await page.goto(link);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("invites you");
  await walk.look("join");
  await page.getByLabel("Your name").fill("Rosa Luz");
  await page.getByLabel("Your address").fill(walk.one.name);
  await page.getByLabel("Password", { exact: true }).fill("four words and a horse");
  await press(page.getByRole("button", { name: "Come in" }));
  await expect(page.getByRole("button", { name: "Start" })).toBeVisible();
  await walk.look("hints");
  await press(page.getByRole("button", { name: "Start" }));
  await expect(page.getByRole("heading", { level: 1, name: room })).toBeVisible();
  await expect(messages(walk.one, "brings coffee")).toBeVisible();
  await walk.look("room");
}

async function sendThings(walk: Walk): Promise<void> {
  const { page, press, one } = walk;
  await say(one, "Hello, I am Rosa");
  await expect(messages(one, "I am Rosa").getByText("sent", { exact: true })).toBeAttached();
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), press(page.getByRole("button", { name: "Attach files" }))]);
  await chooser.setFiles({ name: "timetable.txt", mimeType: "text/plain", buffer: Buffer.from("06:10 Holm\n") });
  await expect(page.getByRole("list", { name: "Files to send" })).toBeVisible();
  await walk.look("tray");
  await press(page.getByRole("button", { name: "Send", exact: true }));
  await expect(messages(one, "timetable.txt").getByText("sent", { exact: true })).toBeAttached();
  await walk.look("file");
  await walk.thread(messages(one, "Who takes the ropes"));
  const field = page.locator("#composer-thread");
  await field.fill("I bring coffee");
  await field.press("Enter");
  await expect(page.locator(".pane article.msg", { hasText: "I bring coffee" })).toBeVisible();
  await walk.look("thread");
  await press(page.getByRole("complementary", { name: "Thread" }).getByRole("button", { name: "Close" }));
  await expect(page.locator(".main").getByRole("button", { name: /1 answer/ })).toBeVisible();
}

async function find(walk: Walk): Promise<void> {
  const { page, press, one } = walk;
  await walk.toList();
  await walk.look("list");
  await press(page.getByRole("button", { name: /^Search or jump to/ }));
  await page.keyboard.type("night ferry");
  await expect(page.getByRole("option", { name: /Find “night ferry”/ })).toBeVisible();
  await walk.look("find");
  await press(page.getByRole("option", { name: /Find “night ferry”/ }));
  const hit = page.getByRole("list", { name: "Results" }).locator(".hit");
  await expect(hit).toHaveCount(1);
  await expect(hit).toContainText("night ferry is back");
  await walk.look("found");
  await press(hit);
  await expect(messages(one, "night ferry")).toBeFocused();
  // The way back leads to what was found.
  await page.goBack();
  await expect(hit).toHaveCount(1);
  await press(hit);
  await expect(messages(one, "night ferry")).toBeFocused();
}

async function mute(walk: Walk, room: string): Promise<void> {
  const { page, press } = walk;
  await press(page.getByRole("toolbar", { name: "Conversation" }).getByRole("button", { name: "More", exact: true }));
  await walk.look("more");
  await press(page.getByRole("menuitem", { name: "Mute until tomorrow" }));
  await expect(page.getByText(`${room} is muted`)).toBeVisible();
  await walk.toList();
  await expect(page.locator(".row", { hasText: room }).getByText("muted")).toBeAttached();
  await walk.look("muted");
}

for (const [tag, wish] of Object.entries({ laptop: { viewport: { width: 1366, height: 768 } }, phone: { viewport: { width: 390, height: 844 }, hasTouch: true } } satisfies Record<string, Wish>)) {
  test(`from a link to a muted room, on a ${tag}`, async ({ browser }) => {
    const { ines, link, room } = await crew(browser, own);
    const walk = new Walk(await device(browser, own, fresh("rosa"), wish), tag, "hasTouch" in wish);
    await comeIn(walk, link, room);
    await sendThings(walk);
    await find(walk);
    await mute(walk, room);
    await expect(messages(ines, "I am Rosa")).toHaveCount(1);
    expect([...walk.one.faults, ...ines.faults]).toEqual([]);
  });
}

test("who has an account is asked once, and is in; without one, and without an invitation to one, the door comes first", async ({ browser }) => {
  const { ines, link, room } = await crew(browser, own);
  const kofi = await person(browser, own, fresh("kofi"));
  await kofi.page.goto(link);
  await kofi.page.getByRole("alertdialog", { name: "Enter this room?" }).or(kofi.page.getByRole("dialog", { name: "Enter this room?" })).getByRole("button", { name: "Enter" }).click();
  await expect(kofi.page.getByRole("heading", { level: 1, name: room })).toBeVisible();
  await say(kofi, "I was here before");
  await expect(messages(ines, "I was here before")).toHaveCount(1);

  const name = fresh("lin");
  own.addUser(name);
  const lin = await device(browser, own, name);
  await lin.page.goto(link.replace(/invite=[^&]*&/, ""));
  await lin.page.getByLabel("Address").fill(name);
  await lin.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await lin.page.getByRole("button", { name: "Sign in" }).click();
  await lin.page.getByRole("button", { name: "Enter", exact: true }).click();
  await expect(lin.page.getByRole("heading", { level: 1, name: room })).toBeVisible();
  await expect(messages(lin, "I was here before")).toHaveCount(1);
  expect([...ines.faults, ...kofi.faults, ...lin.faults]).toEqual([]);
});

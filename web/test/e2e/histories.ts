// SPDX-License-Identifier: Apache-2.0
// A random history in real browsers: two devices of Mira and one of Oskar, each over a network of its own that can fail, write, edit and
// read in a chat and in a room, while pages are closed and opened and the server is killed. All that is compared is read from the pages.
import type { Browser, Locator } from "@playwright/test";
import { Proxy } from "../model/proxy.ts";
import type { Random } from "../model/random.ts";
import { type Person, type Server, expect, fresh, messages, person, say, watch } from "./bed.ts";

/** Of all that is awaited when everybody is there again: pauses between attempts grow up to half a minute. */
const PATIENCE = 60_000; // ms
const VIEWPORT = { width: 1280, height: 2400 }; // the log renders what is near the view: all of it

type Which = "chat" | "room";
const BOTH: readonly Which[] = ["chat", "room"];

interface Said {
  which: Which;
  /** What it has said, the newest last. */
  texts: string[];
}

class Device {
  readonly one: Person;
  readonly network: Proxy;
  readonly label: string;
  isAway = false;
  constructor(label: string, one: Person, network: Proxy) {
    [this.label, this.one, this.network] = [label, one, network];
  }

  static async come(browser: Browser, server: Server, label: string, name: string): Promise<Device> {
    const network = new Proxy(Number(new URL(server.url).port));
    return new Device(label, await person(browser, server, name, { baseURL: `http://localhost:${await network.port()}`, viewport: VIEWPORT }), network);
  }

  /** Its page goes, and with it the worker; a new one comes. */
  async restart(): Promise<void> {
    const context = this.one.page.context();
    await this.one.page.close();
    this.one.page = await context.newPage();
    watch(this.one.page, this.one.faults);
    await this.one.page.goto("/people");
    await this.one.page.locator(".app").waitFor();
  }

  /** Nothing is read in it from now on. */
  async park(): Promise<void> {
    await this.one.page.evaluate(() => {
      history.pushState(null, "", "/people");
      dispatchEvent(new PopStateEvent("popstate"));
    });
    await expect(this.one.page.getByRole("textbox", { name: /^Message / })).toHaveCount(0);
  }

  row = (jid: string): Locator => this.one.page.locator(`.row[data-jid="${jid}"]`);
  /** How many wait there, as its list says. */
  waits = async (jid: string): Promise<number> => Number.parseInt((await this.row(jid).locator(".badge .sr-only").allTextContents())[0] ?? "0");

  async open(jid: string): Promise<void> {
    if ((await this.row(jid).getAttribute("aria-current")) === null) await this.row(jid).click();
    await expect(this.row(jid)).toHaveAttribute("aria-current", "page");
    await expect(this.one.page.getByRole("textbox", { name: /^Message / })).toBeVisible();
  }

  /** The texts of the log, without what stands beside them. */
  texts = async (): Promise<string[]> => (await this.one.page.locator("article.msg .words").allTextContents()).map((text) => text.replace(/\s*edited$/, ""));
}

export class Play {
  private readonly random: Random;
  private readonly server: Server;
  private readonly said: Said[] = [];
  readonly trace: string[] = [];
  private devices!: [Device, Device, Device];
  private room = "";

  constructor(server: Server, random: Random) {
    [this.server, this.random] = [server, random];
  }

  private jid(device: Device, which: Which): string {
    const [a, , f] = this.devices;
    return which === "room" ? this.room : device === f ? a.one.jid : f.one.jid;
  }

  async begin(browser: Browser): Promise<void> {
    const [mira, oskar] = [fresh("mira"), fresh("oskar")];
    const [a, b, f] = await Promise.all([Device.come(browser, this.server, "a", mira), Device.come(browser, this.server, "b", mira), Device.come(browser, this.server, "f", oskar)]);
    this.devices = [a, b, f];
    const { page } = a.one;
    await page.goto("/rooms");
    await page.getByRole("button", { name: "New room" }).click();
    await page.getByLabel("Name", { exact: true }).fill(fresh("Deck"));
    await page.getByRole("textbox", { name: "People" }).fill(oskar);
    await page.getByRole("button", { name: "Make the room" }).click();
    await expect(page.getByRole("textbox", { name: /^Message / })).toBeVisible();
    this.room = decodeURIComponent(new URL(page.url()).pathname.slice("/c/".length));
    await page.getByRole("button", { name: "New conversation" }).click();
    await page.getByRole("dialog").getByLabel("Address").fill(f.one.jid);
    await page.getByRole("button", { name: "Begin" }).click();
    await this.say(a, "chat");
    for (const one of this.devices) for (const which of BOTH) await expect(one.row(this.jid(one, which))).toBeVisible();
  }

  private note(device: Device, text: string): void {
    this.trace.push(`${device.label}: ${text}`);
  }

  private async say(device: Device, which: Which): Promise<void> {
    const text = `${which} ${this.said.length + 1} by ${device.label}`;
    this.note(device, `says ${text}`);
    await device.open(this.jid(device, which));
    await say(device.one, text);
    await expect(messages(device.one, text)).toHaveCount(1);
    this.said.push({ which, texts: [text] });
  }

  /** The last own message that has left. */
  private async edit(device: Device, which: Which): Promise<void> {
    await device.open(this.jid(device, which));
    const own = device.one.page.locator("article.msg.is-own:not(.is-pending)").last();
    if ((await own.count()) === 0) return;
    const words = (await own.locator(".words").textContent())?.replace(/\s*edited$/, "") ?? "";
    const said = this.said.find((one) => one.texts.includes(words));
    if (!said) return;
    const text = `${said.texts[0]}, edit ${said.texts.length}`;
    this.note(device, `edits ${words} to ${text}`);
    const shown = messages(device.one, words).last();
    await shown.hover();
    await shown.getByRole("button", { name: "More", exact: true }).click();
    await device.one.page.getByRole("menuitem", { name: "Edit" }).click();
    await say(device.one, text);
    said.texts.push(text);
    await expect(messages(device.one, text)).toHaveCount(1);
  }

  private async trouble(device: Device): Promise<void> {
    const what = this.random.of(["cut", "away", "away", "back", "back", "deaf", "restart"]) ?? "cut";
    this.note(device, what);
    if (what === "cut") device.network.cut();
    else if (what === "deaf") device.network.deafen();
    else if (what === "away") device.network.refuse();
    else device.network.open();
    device.isAway = what === "away" || (what === "cut" && device.isAway);
    if (what === "restart") await device.restart();
  }

  /** `kill`: the server dies in this one. */
  async step(kill: boolean): Promise<void> {
    const device = this.random.of(this.devices) as Device;
    const which = this.random.of(BOTH) as Which;
    const dice = this.random.below(100);
    if (kill) {
      this.trace.push("the server is killed");
      await this.server.stop("SIGKILL");
      await this.server.start();
    }
    if (dice < 40) await this.say(device, which);
    else if (dice < 50) await this.edit(device, which);
    else if (dice < 60) await device.open(this.jid(device, which));
    else if (dice < 70) await device.park();
    else await this.trouble(device);
  }

  /** Everybody is there again, nothing is open, and nothing waits to be sent. */
  private async calm(): Promise<void> {
    for (const one of this.devices) {
      one.network.cut();
      one.network.open();
      await one.park();
    }
    for (const { one } of this.devices) {
      await expect(async () => {
        const now = one.page.getByRole("button", { name: "Try now" });
        if (await now.isVisible()) await now.click({ timeout: 1000 }).catch(() => undefined);
        await expect(one.page.getByRole("button", { name: /^You: .*Available/ })).toBeVisible({ timeout: 2000 });
        await expect(one.page.locator(".offline")).toHaveCount(0, { timeout: 2000 });
      }).toPass({ timeout: PATIENCE });
    }
  }

  private async sameCounts(what: string): Promise<void> {
    const [a, b] = this.devices;
    for (const which of BOTH) await expect(async () => expect(await a.waits(this.jid(a, which)), `${what}: ${which}`).toBe(await b.waits(this.jid(b, which)))).toPass({ timeout: PATIENCE });
  }

  /** Order, duplicates, losses, edits: the same on all devices. */
  private async sameLogs(): Promise<void> {
    const [a, ...others] = this.devices;
    for (const which of BOTH) {
      const all = this.said.filter((one) => one.which === which);
      await expect(async () => {
        const logs: string[][] = [];
        for (const one of this.devices) {
          await one.open(this.jid(one, which));
          logs.push(await one.texts());
        }
        const [first = [], ...rest] = logs;
        expect(first.map((text) => all.findIndex((one) => one.texts.includes(text))).toSorted((x, y) => x - y), `${which}: each once`).toEqual(all.map((_, i) => i));
        rest.forEach((log, i) => expect(log, `${which}: ${a.label} and ${others[i]?.label}`).toEqual(first));
        for (const { texts } of all) if (texts.length === 2) expect(first, "the edit").toContain(texts[1]);
      }).toPass({ timeout: PATIENCE });
    }
    for (const { one } of this.devices) await expect(one.page.locator("article.msg.is-pending")).toHaveCount(0);
  }

  /** What is new is counted exactly, on both devices, and gone on both once it was read on one; its sender sees that. */
  private async counts(): Promise<void> {
    const [a, b, f] = this.devices;
    for (const which of BOTH) {
      await a.open(this.jid(a, which));
      await expect.poll(() => a.waits(this.jid(a, which)), { timeout: PATIENCE, message: `${which} was read` }).toBe(0);
    }
    await this.sameCounts("after reading");
    for (const one of [a, b]) await one.park();
    for (const which of ["room", "chat", "chat"] as const) await this.say(f, which);
    for (const one of [a, b]) for (const which of BOTH) await expect.poll(() => one.waits(this.jid(one, which)), { timeout: PATIENCE, message: `${one.label}: new in the ${which}` }).toBe(which === "chat" ? 2 : 1);
    await b.open(this.jid(b, "chat"));
    for (const one of [a, b]) await expect.poll(() => one.waits(this.jid(one, "chat")), { timeout: PATIENCE, message: `${one.label}: read on b` }).toBe(0);
    for (const one of [a, b]) await expect.poll(() => one.waits(this.jid(one, "room")), { timeout: PATIENCE }).toBe(1);
    await expect(messages(f.one, this.said.at(-1)?.texts[0] ?? "").getByText("read", { exact: true })).toBeAttached({ timeout: PATIENCE });
  }

  async judge(): Promise<void> {
    await this.calm();
    await this.sameCounts("before anything is opened");
    await this.sameLogs();
    await this.counts();
    expect(this.devices.flatMap(({ one }) => one.faults)).toEqual([]);
  }

  end(): void {
    for (const one of this.devices) one.network.close();
  }
}

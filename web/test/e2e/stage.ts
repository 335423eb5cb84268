// SPDX-License-Identifier: Apache-2.0
// The stage of interop.spec.ts: one server, on it Mira with our client, Rosa with Converse and Paul with profanity, all in one room.
import type { Browser, Locator, Page } from "@playwright/test";
import { bringConverse, ConverseSite } from "../bed/converse.ts";
import { missing, Profanity } from "../bed/profanity.ts";
import { PASSWORD, type Person, Server, test as base, expect, person } from "./bed.ts";

export { expect };
export const PATIENCE = 30_000; // ms
const waits = { timeout: PATIENCE };

/** Rosa's page. */
export class Converse {
  readonly page: Page;
  readonly jid: string;
  private current = "";

  private constructor(page: Page, jid: string) {
    this.page = page;
    this.jid = jid;
  }

  /** Signed in. */
  static async start(browser: Browser, site: ConverseSite, server: Server, name: string): Promise<Converse> {
    server.addUser(name);
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    // Pictures of emoji and such lie on other hosts.
    await context.route((url) => url.hostname !== "localhost", (route) => route.abort());
    const page = await context.newPage();
    await page.goto(site.url);
    await page.waitForFunction(() => "converse" in window);
    await page.evaluate(({ jid, password, socket }) => {
      interface Api { plugins: { add(name: string, plugin: object): void }; initialize(settings: object): Promise<void> }
      const { converse } = window as unknown as { converse: Api };
      converse.plugins.add("bed", {
        initialize(this: { _converse: { api: unknown } }) {
          Object.assign(window, { api: this._converse.api });
        },
      });
      void converse.initialize({
        authentication: "login", auto_login: true, jid, password, websocket_url: socket, discover_connection_methods: false, view_mode: "fullscreen", assets_path: "/dist/", i18n: "en",
        allow_non_roster_messaging: true, muc_nickname_from_jid: true, show_retraction_warning: false, play_sounds: false, use_system_emojis: true, whitelisted_plugins: ["bed"], loglevel: "fatal",
      });
    }, { jid: `${name}@localhost`, password: PASSWORD, socket: `${server.url.replace("http", "ws")}/xmpp-websocket` });
    await expect(page.locator("converse-controlbox .userinfo, converse-user-profile").first()).toBeVisible(waits);
    return new Converse(page, `${name}@localhost`);
  }

  /** Shows a conversation. */
  async open(kind: "chats" | "rooms", jid: string): Promise<void> {
    await this.page.evaluate(async ([kind, jid]) => {
      const { api } = window as unknown as { api: Record<string, { open(jid: string, attrs: object, force: boolean): Promise<{ maybeShow(force: boolean): void }> }> };
      await api[kind as string]?.open(jid as string, {}, true);
    }, [kind, jid]);
    this.current = jid;
    await expect(this.field).toBeVisible(waits);
  }

  private get box(): Locator {
    return this.page.locator(`.chatbox[jid="${this.current}"]`);
  }
  get field(): Locator {
    return this.box.locator(".chat-textarea");
  }
  async say(text: string): Promise<void> {
    await this.field.fill(text);
    await this.field.press("Enter");
  }
  /** The messages that say a text themselves. */
  messages = (text: string): Locator => this.box.locator(".chat-msg").filter({ has: this.page.locator(".chat-msg__text", { hasText: text }) });
  /** What stands where messages were taken back. */
  get gone(): Locator {
    return this.box.locator(".chat-msg .retraction");
  }
  /** Agrees to what the client asks. */
  agree = (): Promise<void> => this.page.locator("form.confirm button[type=submit]").click();
  pictures = (name: string): Locator => this.box.locator(`.chat-msg img[src$="${name}"]`);
  /** The conversation in its list. */
  row = (kind: "chats" | "rooms", name: string): Locator => this.page.locator(kind === "rooms" ? "converse-rooms-list .list-item" : "converse-roster .list-item", { hasText: name });
  /** Chooses something in the menu of a message. */
  choose = async (text: string, action: string): Promise<void> => this.messages(text).locator(`.chat-msg__action-${action}`).dispatchEvent("click");
  /** With the first of the emoji that it offers. */
  async react(text: string): Promise<void> {
    await this.choose(text, "reaction");
    await this.messages(text).locator(".reaction-item").first().dispatchEvent("click");
  }
  get notice(): Locator {
    return this.box.locator(".chat-content__notifications");
  }
  get heading(): Locator {
    return this.box.locator(".chat-head");
  }
}

/** Paul's terminal, signed in. */
export async function terminal(server: Server, name: string, device = name): Promise<Profanity> {
  server.addUser(name);
  const one = new Profanity(device);
  const port = /xmpp=127\.0\.0\.1:(\d+)/.exec(server.output)?.[1] ?? "";
  await sees(one, "Profanity");
  one.type(`/connect ${name}@localhost server 127.0.0.1 port ${port} tls trust`);
  await sees(one, "password:");
  one.type(PASSWORD);
  await sees(one, "logged in successfully");
  return one;
}

/** Waits until a terminal shows a text. */
export async function sees(one: Profanity, text: string | RegExp): Promise<void> {
  const wanted = typeof text === "string" ? (screen: string) => screen.includes(text) : (screen: string) => text.test(screen);
  await expect.poll(() => {
    const screen = one.screen();
    return wanted(screen) ? "seen" : screen;
  }, { ...waits, message: `${one.name} sees ${text}` }).toBe("seen");
}

export interface Stage {
  server: Server;
  mira: Person;
  rosa: Converse;
  /** Undefined where profanity is missing. */
  paul: Profanity | undefined;
  room: string;
}

async function makeRoom(one: Person, name: string): Promise<string> {
  await one.page.goto("/rooms");
  await one.page.getByRole("button", { name: "New room" }).click();
  await one.page.getByLabel("Name", { exact: true }).fill(name);
  await one.page.getByText("Everybody may find it and come in").click();
  await one.page.getByRole("button", { name: "Make the room" }).click();
  await expect(one.page.getByRole("heading", { level: 1, name })).toBeVisible(waits);
  return decodeURIComponent(new URL(one.page.url()).pathname.slice("/c/".length));
}

export const test = base.extend<object, { stage: Stage }>({
  // Those of the stage stay for all tests.
  // oxlint-disable-next-line no-empty-pattern -- Playwright wants the pattern
  leave: async ({}, use) => use(undefined),
  stage: [
    async ({ browser }, use) => {
      bringConverse();
      const site = new ConverseSite();
      await site.start();
      const server = new Server(`http = { origins = [ "${site.url}" ]; };`);
      await server.start();
      let paul: Profanity | undefined;
      try {
        const mira = await person(browser, server, "mira");
        const room = await makeRoom(mira, "Deck");
        const rosa = await Converse.start(browser, site, server, "rosa");
        await rosa.open("rooms", room);
        if (!missing()) {
          paul = await terminal(server, "paul");
          paul.type(`/join ${room} nick paul`);
          await sees(paul, "You have joined the room as paul");
        }
        await use({ server, mira, rosa, paul, room });
      } finally {
        paul?.close();
        await server.stop();
        server.remove();
        await site.stop();
      }
      if (/AddressSanitizer|runtime error|LeakSanitizer/.test(server.output)) throw new Error(`the server has a fault:\n${server.output.slice(-6000)}`);
    },
    { scope: "worker", timeout: 300_000 },
  ],
});

// SPDX-License-Identifier: Apache-2.0
// The kit by itself, in a browser: keys, focus, names and contrast, in every theme and direction and on a phone. Needs no server of ours.
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { build } from "vite";

test.use({ actionTimeout: 20_000, trace: "off" });

const ROOT = join(import.meta.dirname, "kit");
/** Of each worker its own: one empties it while another serves it. */
const OUT = join(import.meta.dirname, "../../../build/web/kit", process.env["TEST_PARALLEL_INDEX"] ?? "0");
const TYPES: Record<string, string> = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const AXE = readFileSync(join(import.meta.dirname, "../../node_modules/axe-core/axe.min.js"), "utf8");

let server: Server;
let url = "";

test.beforeAll(async () => {
  await build({
    root: ROOT,
    configFile: false,
    logLevel: "warn",
    resolve: { alias: { react: "preact/compat", "react-dom": "preact/compat" } },
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: { outDir: OUT, emptyOutDir: true, target: "es2022", cssTarget: ["chrome123", "firefox120", "safari17.5"], assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  } as Parameters<typeof build>[0]);
  server = createServer((request, response) => {
    const path = join(OUT, new URL(request.url ?? "/", "http://x").pathname.replace(/\/$/, "/index.html"));
    if (!path.startsWith(OUT) || !existsSync(path)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" });
    return createReadStream(path).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

test.afterAll(() => server.close());

test.beforeEach(async ({ page }) => {
  page.on("pageerror", (fault) => {
    throw fault;
  });
  await page.goto(url);
  await expect(page.getByRole("heading", { name: "The kit" })).toBeVisible();
});

const said = (page: Page) => page.locator("#said");

/** What axe calls serious or critical. Evaluated through the protocol, which the policy of the page does not reach. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: (place: Document) => Promise<{ violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[] }> } };
    const { violations } = await axe.run(document);
    return violations.filter((one) => ["serious", "critical"].includes(one.impact)).flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`));
  });
}

async function choose(page: Page, name: string, value: string): Promise<void> {
  await page.evaluate(([key, text]) => {
    const { look } = window as unknown as { look: Record<string, { value: string }> };
    const found = look[key ?? ""];
    if (found) found.value = text ?? "";
  }, [name, value]);
}

test("a menu goes by arrows, letters, Escape, and gives the focus back", async ({ page }) => {
  const button = page.getByRole("button", { name: "More about Kofi" });
  await button.focus();
  await page.keyboard.press("Enter");
  const menu = page.getByRole("menu", { name: "Kofi" });
  await expect(menu.getByRole("menuitem", { name: "View profile" })).toBeFocused();
  await expect(button).toHaveAttribute("aria-expanded", "true");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  // What is disabled is left out.
  await expect(menu.getByRole("menuitem", { name: "Mute" })).toBeFocused();
  await page.keyboard.press("End");
  await expect(menu.getByRole("menuitem", { name: "Remove from the room" })).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(menu.getByRole("menuitem", { name: "View profile" })).toBeFocused();
  await page.keyboard.press("m");
  await expect(menu.getByRole("menuitem", { name: "Message" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(menu).toHaveCount(0);
  await expect(button).toBeFocused();
  await expect(button).toHaveAttribute("aria-expanded", "false");
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(said(page)).toHaveText("message");
  await expect(button).toBeFocused();
});

test("a menu closes by a press elsewhere, and by its own button without opening again", async ({ page }) => {
  const button = page.getByRole("button", { name: "More about Kofi" });
  await button.click();
  await expect(page.getByRole("menu")).toBeVisible();
  await expect(page.getByRole("menuitemcheckbox", { name: "Show joins" })).toBeChecked();
  await button.click();
  await expect(page.getByRole("menu")).toHaveCount(0);
  await button.click();
  await expect(page.getByRole("menu")).toBeVisible();
  await page.getByRole("heading", { name: "The kit" }).click();
  await expect(page.getByRole("menu")).toHaveCount(0);
});

test("a dialog holds the focus, closes by Escape, scrim and button, and carries menus and notices", async ({ page }) => {
  const button = page.locator("#dialog");
  await button.click();
  const dialog = page.getByRole("dialog", { name: "Settings" });
  await expect(dialog).toBeVisible();
  await dialog.getByRole("button", { name: "Menu in the dialog" }).click();
  await page.getByRole("menuitem", { name: "View profile" }).click();
  await expect(said(page)).toHaveText("profile");
  await expect(dialog).toBeVisible();
  await dialog.getByRole("button", { name: "Toast in the dialog" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(said(page)).toHaveText("undone in the dialog");
  // Escape closes the menu first, then the dialog.
  await dialog.getByRole("button", { name: "Menu in the dialog" }).click();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("menu")).toHaveCount(0);
  await expect(dialog).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(said(page)).toHaveText("dialog closed");
  await expect(button).toBeFocused();
  await button.click();
  await page.mouse.click(5, 5);
  await expect(dialog).toHaveCount(0);
  await button.click();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(said(page)).toHaveText("dialog saved");
});

test("a question that destroys has Cancel under the focus", async ({ page }) => {
  await page.locator("#confirm").click();
  const question = page.getByRole("alertdialog", { name: "Delete this message?" });
  await expect(question.getByRole("button", { name: "Cancel" })).toBeFocused();
  await expect(question).toHaveAccessibleDescription(/cannot be brought back/);
  await page.keyboard.press("Enter");
  await expect(said(page)).toHaveText("confirm false");
  await page.locator("#confirm").click();
  await question.getByRole("button", { name: "Delete" }).click();
  await expect(said(page)).toHaveText("confirm true");
});

test("a notice can be undone, stays under the pointer, and goes", async ({ page }) => {
  await page.locator("#toast").click();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(said(page)).toHaveText("undone");
  await expect(page.getByText("Message deleted")).toHaveCount(0);
  await page.locator("#toast").click();
  await page.locator(".toast").getByRole("button", { name: "Close" }).click();
  await expect(said(page)).toHaveText("finished");
  await page.locator("#brief").click();
  await expect(page.locator(".toast")).toHaveCount(0);
});

test("a card opens at its button and gives the focus back", async ({ page }) => {
  await page.locator("#card").click();
  const card = page.getByRole("dialog", { name: "Profile of Ines" });
  await expect(card.getByRole("button", { name: "Message" })).toBeFocused();
  const [from, to] = [await page.locator("#card").boundingBox(), await card.boundingBox()];
  expect(Math.abs((to?.x ?? 0) - (from?.x ?? 99))).toBeLessThan(300);
  await page.keyboard.press("Enter");
  await expect(card).toHaveCount(0);
  await expect(page.locator("#card")).toBeFocused();
});

test("tabs are one stop and go by arrows", async ({ page }) => {
  await page.locator("#dialog").click();
  await page.getByRole("tab", { name: "Messages 23" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("tab", { name: "Files 4" })).toBeFocused();
  await expect(page.getByRole("tabpanel", { name: "Files 4" })).toHaveText("two");
  await page.keyboard.press("End");
  await expect(page.getByRole("tab", { name: "People" })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("tab", { name: "Messages 23" })).toBeFocused();
});

test("a list is walked while the focus stays in the field, and not while composing", async ({ page }) => {
  const field = page.getByRole("combobox", { name: "Find a person" });
  await field.fill("k");
  await expect(page.getByRole("option", { name: "Oskar" })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("option", { name: "Kofi" })).toHaveAttribute("aria-selected", "true");
  await expect(field).toBeFocused();
  await field.dispatchEvent("keydown", { key: "Enter", isComposing: true, bubbles: true });
  await expect(said(page)).toHaveText("");
  await page.keyboard.press("Enter");
  await expect(said(page)).toHaveText("chose Kofi");
});

test("an arrow that is pressed right behind a letter counts, before anything is painted", async ({ page }) => {
  const field = page.getByRole("combobox", { name: "Find a person" });
  await field.focus();
  await field.evaluate(async (el: HTMLInputElement) => {
    el.value = "k";
    el.dispatchEvent(new Event("input", { bubbles: true }));
    for (let i = 0; i < 20; i++) await Promise.resolve(); // what the letter changes is drawn by one of these
    el.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true, cancelable: true }));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  });
  await expect(page.getByRole("option", { name: "Kofi" })).toHaveAttribute("aria-selected", "true");
});

test("keys work from anywhere, letters only when they are switched on and never in a field", async ({ page }) => {
  await page.getByLabel("Name", { exact: true }).focus();
  await page.keyboard.press("Control+k");
  await expect(said(page)).toHaveText("switcher");
  await page.getByRole("button", { name: "Quiet" }).focus();
  await page.keyboard.press("j");
  await expect(said(page)).toHaveText("switcher");
  await choose(page, "letters", "on");
  await page.keyboard.press("j");
  await expect(said(page)).toHaveText("letter");
  await page.getByLabel("Name", { exact: true }).focus();
  await page.keyboard.press("j");
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Winter timetablej");
  await page.keyboard.press("F6");
  await expect(page.getByRole("button", { name: "In the pane" })).toBeFocused();
  await page.keyboard.press("F6");
  await expect(page.locator("header[data-f6]")).toBeFocused();
  await page.keyboard.press("Shift+F6");
  await expect(page.getByRole("button", { name: "In the pane" })).toBeFocused();
});

test("a column is made wider by arrows and by dragging, and stays so", async ({ page }) => {
  const handle = page.getByRole("separator", { name: "Width of the pane" });
  await handle.focus();
  await page.keyboard.press("ArrowLeft");
  await expect(handle).toHaveAttribute("aria-valuenow", "392");
  await page.keyboard.press("Home");
  await expect(handle).toHaveAttribute("aria-valuenow", "300");
  const box = await handle.boundingBox();
  await page.mouse.move((box?.x ?? 0) + 2, (box?.y ?? 0) + 10);
  await page.mouse.down();
  await page.mouse.move((box?.x ?? 0) - 98, (box?.y ?? 0) + 10);
  await page.mouse.up();
  await expect(handle).toHaveAttribute("aria-valuenow", "400");
  await page.reload();
  await expect(handle).toHaveAttribute("aria-valuenow", "400");
});

test("text is nodes: styled, never markup, never turned around", async ({ page }) => {
  const text = page.locator("#text");
  await expect(text.locator("strong").first()).toHaveText("Strong");
  await expect(text.locator("blockquote blockquote")).toHaveText("quoted twice");
  await expect(text.locator("pre .tk").first()).toHaveText("export");
  await expect(text.locator("img, script")).toHaveCount(0);
  expect(await page.title()).toBe("The kit");
  await expect(text.getByRole("link").nth(1)).toHaveText("https://xn--80ak6aa92e.com");
  expect(await text.evaluate((place) => place.textContent?.includes("\u202E"))).toBe(false);
  await text.getByRole("button", { name: "@Mira" }).click();
  await expect(said(page)).toHaveText("mention");
  await text.getByRole("link").first().click();
  await expect(said(page)).toHaveText("https://tideline.example/a_(b)");
  expect(await text.evaluate((place) => place.scrollWidth <= place.clientWidth)).toBe(true);
  // The preview is the text to the letter.
  const preview = await page.locator("#preview").evaluate((place) => place.textContent);
  expect(preview?.startsWith("*Strong*, _emphasis_")).toBe(true);
  expect(preview?.endsWith("gnp.exe")).toBe(true);
});

test("five texts at once are three and a number to a screen reader", async ({ page }) => {
  const region = page.locator('[role="status"].sr-only');
  await page.locator("#announce").click();
  await expect(region).toHaveText("c");
  await expect(region).toHaveText("2 more messages");
});

test("a finger that stays does what the other button does, one that moves or lets go does not", async ({ page }) => {
  const place = page.locator("#press");
  const point = { pointerType: "touch", isPrimary: true, pointerId: 7, bubbles: true, clientX: 40, clientY: 40 };
  await place.dispatchEvent("pointerdown", point);
  await place.dispatchEvent("pointermove", { ...point, clientX: 90 });
  await place.dispatchEvent("pointerdown", { ...point, pointerType: "mouse" });
  await place.dispatchEvent("click", { bubbles: true });
  await expect(said(page)).toHaveText("pressed");
  await place.dispatchEvent("pointerdown", point);
  await expect(place).toHaveAttribute("data-held");
  await expect(said(page)).toHaveText("pressed");
  await place.dispatchEvent("pointerup", point);
  await expect(said(page)).toHaveText("held");
  // The click that a browser sends after it is swallowed, that of a key is not.
  await place.dispatchEvent("click", { bubbles: true, detail: 1 });
  await expect(said(page)).toHaveText("held");
  await place.dispatchEvent("click", { bubbles: true, detail: 0 });
  await expect(said(page)).toHaveText("pressed");
});

test("a view that cannot be fetched says so, and comes at the next try", async ({ page }) => {
  await expect(page.getByText("Go anywhere, do anything")).toHaveCount(0);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("Go anywhere, do anything")).toBeVisible();
  await expect(page.getByText("This part is not here yet")).toHaveCount(0);
});

test("the first stop of Tab skips to the messages", async ({ page }) => {
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the messages" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("#main")).toBeFocused();
});

const LOOKS = [
  { name: "light", theme: "light" }, { name: "dark", theme: "dark" }, { name: "light, more contrast", theme: "light", contrast: "more" },
  { name: "dark, more contrast", theme: "dark", contrast: "more" }, { name: "right to left", theme: "light", tongue: "ar-x-mirror" },
  { name: "compact, twice the size", theme: "light", density: "compact", size: 2 }, { name: "phone", theme: "light", width: 390 }, { name: "narrow phone, dark", theme: "dark", width: 320 },
];

for (const one of LOOKS) {
  test(`nothing serious for axe, nothing overflows: ${one.name}`, async ({ page }) => {
    if (one.width) await page.setViewportSize({ width: one.width, height: 800 });
    await choose(page, "theme", one.theme);
    await choose(page, "motion", "reduce");
    if (one.contrast) await choose(page, "contrast", one.contrast);
    if (one.tongue) await choose(page, "tongue", one.tongue);
    if (one.density) await choose(page, "density", one.density);
    if (one.size) await page.evaluate((size) => ((window as unknown as { look: { textScale: { value: number } } }).look.textScale.value = size), one.size);
    if (one.tongue) await expect(page.locator("html")).toHaveAttribute("dir", "rtl");
    expect(await faults(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
    await page.screenshot({ path: join(OUT, `../kit-${one.name.replace(/\W+/g, "-")}.png`), fullPage: true });
    await page.getByRole("button", { name: "More about Kofi" }).click();
    await expect(page.getByRole("menu")).toBeVisible();
    expect(await faults(page)).toEqual([]);
    await page.screenshot({ path: join(OUT, `../kit-menu-${one.name.replace(/\W+/g, "-")}.png`) });
    await page.keyboard.press("Escape");
    await page.locator("#confirm").click();
    await expect(page.getByRole("alertdialog")).toBeVisible();
    expect(await faults(page)).toEqual([]);
    await page.screenshot({ path: join(OUT, `../kit-dialog-${one.name.replace(/\W+/g, "-")}.png`) });
  });
}

test("a look is remembered, and the language changes every sentence", async ({ page }) => {
  await choose(page, "theme", "dark");
  await choose(page, "tongue", "zh");
  await expect(page.getByRole("link", { name: "跳到消息" })).toBeAttached();
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.locator("html")).toHaveAttribute("lang", "zh");
  await expect(page.getByRole("link", { name: "跳到消息" })).toBeAttached();
});

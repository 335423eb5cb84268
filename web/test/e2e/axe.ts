// SPDX-License-Identifier: Apache-2.0
// axe-core in the page as it is: nothing serious, nothing critical. It comes in through the debugger, so that the policy of the page stays.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Page, expect } from "@playwright/test";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  id: string;
  impact?: string | null;
  nodes: { html: string; failureSummary?: string }[];
}

/** What is wrong and matters, in words. */
export async function axeFaults(page: Page, where = "", without: readonly string[] = []): Promise<string[]> {
  await page.evaluate(source);
  const violations = await page.evaluate(async (off) => {
    const axe = (globalThis as unknown as { axe: { run(wish: object): Promise<{ violations: Violation[] }> } }).axe;
    return (await axe.run({ rules: Object.fromEntries(off.map((one) => [one, { enabled: false }])) })).violations;
  }, without);
  return violations.filter((one) => one.impact === "serious" || one.impact === "critical")
    .flatMap((one) => one.nodes.map((node) => `${where} ${one.id}: ${node.html.slice(0, 160)} ${(node.failureSummary ?? "").replace(/\s+/g, " ").slice(0, 200)}`));
}

const THEMES: { theme: string; contrast?: string }[] = [{ theme: "light" }, { theme: "dark" }, { theme: "light", contrast: "more" }, { theme: "dark", contrast: "more" }];

/** Where there is much to look at, each thing is looked at in one theme, the next one in the next. */
let turn = Number(process.env["AXE_TURN"] ?? 0);
export const expectNoFaultsInTurn = (page: Page, where: string): Promise<void> => expectNoFaults(page, where, [THEMES[turn++ % THEMES.length] as (typeof THEMES)[number]]);

/** In the long form every view is looked at in these languages, too ("zh,ar-x-mirror"): chosen as if in another tab, which a page follows. */
const TONGUES = (process.env["AXE_TONGUES"] ?? "").split(",").filter(Boolean);
const LANG: Record<string, string> = { "ar-x-mirror": "en" };

async function speak(page: Page, tongue: string): Promise<void> {
  await page.evaluate((value) => {
    localStorage.setItem("parley.language", value);
    dispatchEvent(new StorageEvent("storage", { key: "parley.language", newValue: value, storageArea: localStorage }));
  }, tongue);
  await expect(page.locator(`html[lang="${LANG[tongue] ?? tongue}"][dir="${tongue === "ar-x-mirror" ? "rtl" : "ltr"}"]`)).toHaveCount(1);
}

/** The view in light, dark and both with high contrast: 0 serious. */
export async function expectNoFaults(page: Page, where: string, themes: readonly (typeof THEMES)[number][] = THEMES): Promise<void> {
  await expectNoFaultsNow(page, where, themes);
  for (const tongue of TONGUES) {
    await speak(page, tongue);
    await expectNoFaultsNow(page, `${where}, ${tongue}`, themes);
  }
  if (TONGUES.length > 0) await speak(page, "en");
}

async function expectNoFaultsNow(page: Page, where: string, themes: readonly (typeof THEMES)[number][]): Promise<void> {
  const faults: string[] = [];
  for (const { theme, contrast } of themes) {
    await page.evaluate(([t, c]) => {
      const root = document.documentElement;
      root.setAttribute("data-theme", t as string);
      if (c) root.setAttribute("data-contrast", c);
      else root.removeAttribute("data-contrast");
    }, [theme, contrast] as const);
    await page.evaluate(() => Promise.all(document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity).map((one) => one.finished.catch(() => undefined))));
    faults.push(...(await axeFaults(page, `${where}, ${theme}${contrast ? ", high contrast" : ""}:`)));
  }
  await page.evaluate(() => {
    document.documentElement.removeAttribute("data-theme");
    document.documentElement.removeAttribute("data-contrast");
  });
  expect(faults).toEqual([]);
}

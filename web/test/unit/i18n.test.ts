// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { en } from "../../src/i18n/en.ts";
import { bestLanguage, bytesText, dayText, direction, durationText, hasKey, language, listText, pieces, restOfWords, shortText, sinceText, speak, t, timeText } from "../../src/i18n/index.ts";
import { zh } from "../../src/i18n/zh.ts";

const SRC = join(import.meta.dirname, "../../src");
const sources = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.tsx?$/.test(path) && !path.startsWith("i18n/en") && !path.startsWith("i18n/zh"))
  .map((path) => readFileSync(join(SRC, path), "utf8"))
  .join("\n");

const words = (entry: string | object): string => {
  const text = typeof entry === "string" ? entry : Object.values(entry).join(" ");
  return [...new Set(text.match(/\{\w+\}/g) ?? [])].toSorted().join(" ");
};

const at = (day: number, hour = 9): number => new Date(2026, 10, day, hour, 5).getTime();

beforeAll(restOfWords);
afterEach(() => speak("en"));

describe("the catalogues", () => {
  it("hold no key that nothing uses", () => {
    const prefixes = [...sources.matchAll(/`([\w.-]+[.-])\$\{/g)].map((found) => found[1] ?? "");
    const unused = Object.keys(en).filter((key) => !sources.includes(`"${key}"`) && !prefixes.some((prefix) => key.startsWith(prefix)));
    expect(unused).toEqual([]);
  });

  it("want the same words in every language", () => {
    for (const key of Object.keys(en) as (keyof typeof en)[]) expect(`${key}: ${words(zh[key])}`).toBe(`${key}: ${words(en[key])}`);
  });

  it("keep the order of English, so that they can be read side by side", () => {
    expect(Object.keys(zh)).toEqual(Object.keys(en));
  });

  it("keep the tone: no exclamation mark, no 'please wait', no capital letters inside a sentence, no three dots", () => {
    for (const [key, entry] of Object.entries(en)) {
      for (const text of typeof entry === "string" ? [entry] : Object.values(entry as Record<string, string>))
        expect(`${key}: ${text}`).not.toMatch(/!|oops|please wait|successfully|invalid|\.\.\./i);
    }
  });
});

describe("speaking", () => {
  it("chooses the first wish that is ours, by its base", () => {
    expect(bestLanguage(["de-DE", "zh-Hant-TW", "en"])).toBe("zh");
    expect(bestLanguage(["de"])).toBe("en");
    expect(bestLanguage([])).toBe("en");
  });

  it("changes every sentence, and back", async () => {
    expect(t("kit.cancel")).toBe("Cancel");
    await speak("zh");
    expect(language()).toBe("zh");
    expect(t("kit.cancel")).toBe("取消");
  });

  it("mirrors English for tests", async () => {
    await speak("ar-x-mirror");
    expect(direction()).toBe("rtl");
    expect(t("kit.cancel")).toBe("Cancel");
  });

  it("fills in names that cannot turn the sentence around them", async () => {
    expect(t("composer.label", { name: "Ines" })).toBe("Message Ines");
    expect(t("composer.label", { name: "\u202eevil\u0007\u2066" })).toBe("Message evil");
    expect(t("composer.label", { name: "مريم" })).toBe("Message \u2068مريم\u2069");
    expect(t("composer.label", { name: "{name}" })).toBe("Message {name}");
    await speak("ar-x-mirror");
    expect(t("composer.label", { name: "Ines" })).toBe("Message \u2068Ines\u2069");
  });

  it("goes by number, and writes it as the language does", async () => {
    expect(t("kit.more-messages", { n: 1 })).toBe("1 more message");
    expect(t("kit.more-messages", { n: 1234 })).toBe("1,234 more messages");
    expect(pieces("kit.more-messages", 2)).toEqual([{ word: "n" }, " more messages"]);
    await speak("zh");
    expect(t("kit.more-messages", { n: 1 })).toBe("还有 1 条消息");
  });

  it("fails the types where a word or a key is missing", () => {
    // Checked by npm run types: each line must be wrong.
    const wrong = [
      // @ts-expect-error it wants a name
      () => t("composer.label"),
      // @ts-expect-error it wants a name, not a title
      () => t("composer.label", { title: "x" }),
      // @ts-expect-error a plural goes by a number
      () => t("kit.more-messages", { n: "2" }),
      // @ts-expect-error it wants nothing
      () => t("kit.cancel", { name: "x" }),
    ];
    expect(wrong).toHaveLength(4);
  });

  it("knows its keys", () => {
    expect(hasKey("kit.cancel")).toBe(true);
    expect(hasKey("toString")).toBe(false);
  });

  it("gives a sentence without words in one piece", () => {
    expect(pieces("kit.cancel")).toEqual(["Cancel"]);
  });
});

describe("times, sizes and lists", () => {
  const now = new Date(2026, 10, 22, 15, 0).getTime();

  it("name days by how far away they are", async () => {
    await speak("en", ["en-GB"]);
    expect(dayText(at(22), now)).toBe("Today");
    expect(dayText(at(21), now)).toBe("Yesterday");
    expect(dayText(at(18), now)).toBe("Wednesday");
    expect(dayText(at(2), now)).toMatch(/^Monday,? 2 November$/);
    expect(dayText(new Date(2024, 1, 3).getTime(), now)).toBe("3 February 2024");
    expect(timeText(at(22, 14))).toBe("14:05");
    expect(shortText(at(22, 14), now)).toBe("14:05");
    expect(shortText(at(18), now)).toBe("Wed");
  });

  it("write them as the region of the reader does", async () => {
    await speak("en", ["en-US"]);
    expect(timeText(at(22, 14)).replace(/\s/u, " ")).toBe("2:05 PM");
    await speak("zh", ["zh-CN"]);
    expect(dayText(at(21), now)).toBe("昨天");
    expect(timeText(at(22, 14))).toBe("14:05");
  });

  it("say how long ago", () => {
    expect(sinceText(now - 20_000, now)).toBe("Now");
    expect(sinceText(now - 5 * 60_000, now)).toBe("5 minutes ago");
    expect(sinceText(now + 2 * 3_600_000, now)).toBe("in 2 hours");
    expect(sinceText(now - 26 * 3_600_000, now)).toBe("yesterday");
  });

  it("write sizes with one digit at most", () => {
    expect(bytesText(0)).toBe("0 byte");
    expect(bytesText(999)).toBe("999 byte");
    expect(bytesText(1440)).toBe("1.4 kB");
    expect(bytesText(999_999)).toBe("1 MB");
    expect(bytesText(2_500_000_000)).toBe("2.5 GB");
  });

  it("write durations and lists", () => {
    expect(durationText(7_000)).toBe("0:07");
    expect(durationText(3_729_000)).toBe("1:02:09");
    expect(listText(["Ines", "Oskar", "Priya"])).toBe("Ines, Oskar, and Priya");
    expect(listText(["Ines"])).toBe("Ines");
  });
});

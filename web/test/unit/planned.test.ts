// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { aheadText } from "../../src/i18n/ahead.ts";
import { fieldTime, fieldValue, remindTimes, sendTimes } from "../../src/ui/planned/times.ts";

const at = (text: string): number => new Date(text).getTime();
const ids = (all: { id: string }[]): string[] => all.map((one) => one.id);

describe("times that are offered", () => {
  test("this evening on a day of work before it is near; Monday unless that is tomorrow", () => {
    const tuesday = at("2026-11-24T10:30:00");
    expect(sendTimes(tuesday)).toEqual([
      { id: "evening", at: at("2026-11-24T17:00:00") }, { id: "tomorrow", at: at("2026-11-25T09:00:00") }, { id: "monday", at: at("2026-11-30T09:00:00") },
    ]);
    expect(ids(sendTimes(at("2026-11-24T16:00:00")))).toEqual(["tomorrow", "monday"]);
    expect(ids(sendTimes(at("2026-11-22T10:00:00")))).toEqual(["tomorrow"]); // a Sunday
    expect(ids(sendTimes(at("2026-11-28T10:00:00")))).toEqual(["tomorrow", "monday"]); // a Saturday
    expect(sendTimes(at("2026-11-23T10:00:00")).at(-1)).toEqual({ id: "monday", at: at("2026-11-30T09:00:00") }); // a Monday: the next one
  });

  test("reminders begin with what is near", () => {
    const now = at("2026-11-24T10:30:00");
    expect(remindTimes(now).slice(0, 3)).toEqual([{ id: "minutes", at: at("2026-11-24T10:50:00") }, { id: "hour", at: at("2026-11-24T11:30:00") }, { id: "hours", at: at("2026-11-24T13:30:00") }]);
    expect(remindTimes(now).every((one) => one.at > now)).toBe(true);
  });

  test("a field of date and time gives back what it was given, to the minute", () => {
    const moment = at("2027-01-05T08:07:00");
    expect(fieldTime(fieldValue(moment))).toBe(moment);
    expect(fieldTime("")).toBeUndefined();
    expect(fieldTime("tomorrow")).toBeUndefined();
  });
});

test("what is ahead is said by its day", () => {
  const now = at("2026-11-24T10:30:00");
  expect(aheadText(at("2026-11-24T17:00:00"), now)).toMatch(/^(17:00|5:00.PM)$/i);
  expect(aheadText(at("2026-11-25T09:00:00"), now)).toMatch(/^tomorrow, /);
  expect(aheadText(at("2026-11-30T09:00:00"), now)).toMatch(/Monday/);
  expect(aheadText(at("2026-12-24T09:00:00"), now)).toMatch(/Dec/);
  expect(aheadText(at("2027-02-01T09:00:00"), now)).toMatch(/2027/);
});

// SPDX-License-Identifier: Apache-2.0
// Which times are offered for something that shall be later: hours of work where the reader is. Pure.

export interface Choice {
  id: "minutes" | "hour" | "hours" | "evening" | "tomorrow" | "monday";
  /** Milliseconds since 1970. */
  at: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const [MORNING, EVENING] = [9, 17]; // o'clock
const SATURDAY = 6;
const MONDAY = 1;

/** HOUR o'clock, DAYS from now: days of 23 and 25 hours count as one. */
const clock = (now: number, days: number, hour: number): number => {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, hour).getTime();
};

/** The morning of the next day and, where that is not Monday's, of the next Monday. */
function mornings(now: number): Choice[] {
  const day = new Date(now).getDay();
  const all: Choice[] = [{ id: "tomorrow", at: clock(now, 1, MORNING) }];
  const ahead = ((MONDAY - day + 7) % 7) || 7;
  if (ahead > 1) all.push({ id: "monday", at: clock(now, ahead, MORNING) });
  return all;
}

/** For words that go to others. */
export function sendTimes(now: number): Choice[] {
  const day = new Date(now);
  const isEarly = day.getHours() < EVENING - 1 && day.getDay() % SATURDAY !== 0;
  return [...(isEarly ? [{ id: "evening" as const, at: clock(now, 0, EVENING) }] : []), ...mornings(now)];
}

/** For what I want to hear of again. */
export const remindTimes = (now: number): Choice[] => [
  { id: "minutes", at: now + 20 * MINUTE }, { id: "hour", at: now + HOUR }, { id: "hours", at: now + 3 * HOUR }, ...mornings(now),
];

const two = (n: number): string => String(n).padStart(2, "0");

/** A time as a field of date and time has it, in the time zone of the reader. */
export function fieldValue(at: number): string {
  const day = new Date(at);
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}T${two(day.getHours())}:${two(day.getMinutes())}`;
}

/** And back; undefined: it is none. */
export function fieldTime(value: string): number | undefined {
  const at = new Date(value).getTime();
  return value === "" || Number.isNaN(at) ? undefined : at;
}

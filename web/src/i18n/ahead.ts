// SPDX-License-Identifier: Apache-2.0
// A time that is to come, as the chosen language writes it: for views behind the first screen.
import { daysBetween, timeText } from "./format.ts";
import { formatter } from "./locale.ts";

const WEEK = 7; // days: a weekday alone says which one

/** "09:00" today, "tomorrow, 09:00", "Friday, 09:00", else the date with it. */
export function aheadText(time: number, now = Date.now()): string {
  const days = -daysBetween(time, now);
  if (days === 0) return timeText(time);
  if (days === 1) return `${formatter("relative-auto", (l) => new Intl.RelativeTimeFormat(l, { numeric: "auto" })).format(1, "day")}, ${timeText(time)}`;
  if (days > 1 && days < WEEK) return formatter("ahead-day", (l) => new Intl.DateTimeFormat(l, { weekday: "long", hour: "numeric", minute: "2-digit" })).format(time);
  const year: Intl.DateTimeFormatOptions = new Date(time).getFullYear() === new Date(now).getFullYear() ? {} : { year: "numeric" };
  return formatter(`ahead-date${year.year ?? ""}`, (l) => new Intl.DateTimeFormat(l, { ...year, day: "numeric", month: "short", hour: "numeric", minute: "2-digit" })).format(time);
}

// SPDX-License-Identifier: Apache-2.0
// Times, days, sizes and lists as the chosen language writes them. Times are milliseconds since 1970; NOW can be given, for tests.
import { formatter, locale, numberText } from "./locale.ts";

export { numberText } from "./locale.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const dated = (id: string, options: Intl.DateTimeFormatOptions, time: number): string =>
  formatter(id, (l) => new Intl.DateTimeFormat(l, options)).format(time);
const relative = (n: number, unit: Intl.RelativeTimeFormatUnit, numeric: "auto" | "always"): string =>
  formatter(`relative-${numeric}`, (l) => new Intl.RelativeTimeFormat(l, { numeric })).format(n, unit);
const capital = (text: string): string => text.charAt(0).toLocaleUpperCase(locale()) + text.slice(1);

// The calendar day where the reader is, as if it began at midnight of Greenwich: so that days of 23 and 25 hours count as one.
const midnight = (time: number): number => {
  const date = new Date(time);
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
};

/** Whole days between the calendar days of two times, in the time zone of the reader: 0 the same day, 1 yesterday. */
export function daysBetween(time: number, now: number): number {
  return Math.round((midnight(now) - midnight(time)) / DAY);
}

/** 14:05, or 2:05 pm. */
export const timeText = (time: number): string => dated("time", { hour: "numeric", minute: "2-digit" }, time);

/** The day as a divider says it: Today, Yesterday, a weekday within the last six days, else the date, with the year if it is another. */
export function dayText(time: number, now = Date.now()): string {
  const days = daysBetween(time, now);
  if (days === 0 || days === 1) return capital(relative(-days, "day", "auto"));
  if (days > 1 && days < 7) return capital(dated("weekday", { weekday: "long" }, time));
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear();
  if (sameYear) return dated("day", { weekday: "long", day: "numeric", month: "long" }, time);
  return dated("day-year", { day: "numeric", month: "long", year: "numeric" }, time);
}

/** The shortest that a row needs: time today, "Yesterday", weekday, else the date. */
export function shortText(time: number, now = Date.now()): string {
  const days = daysBetween(time, now);
  if (days === 0) return timeText(time);
  if (days === 1) return capital(relative(-1, "day", "auto"));
  if (days > 1 && days < 7) return dated("weekday-short", { weekday: "short" }, time);
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear();
  return sameYear ? dated("short", { day: "numeric", month: "short" }, time) : dated("short-year", { dateStyle: "short" }, time);
}

/** Day and time in full, for titles and details. */
export const momentText = (time: number): string => dated("moment", { dateStyle: "full", timeStyle: "short" }, time);

/** "5 minutes ago", "in 2 hours": the largest unit that is at least one. */
export function sinceText(time: number, now = Date.now()): string {
  const off = time - now;
  const size = Math.abs(off);
  if (size < MINUTE) return capital(relative(0, "second", "auto"));
  if (size < HOUR) return relative(Math.trunc(off / MINUTE), "minute", "always");
  if (size < DAY) return relative(Math.trunc(off / HOUR), "hour", "always");
  if (size < 30 * DAY) return relative(Math.trunc(off / DAY), "day", "auto");
  if (size < 365 * DAY) return relative(Math.trunc(off / (30 * DAY)), "month", "auto");
  return relative(Math.trunc(off / (365 * DAY)), "year", "auto");
}

/** 1.4 MB: decimal units, at most one digit after the point. */
export function bytesText(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
  let power = 0;
  let size = Math.max(0, bytes);
  while (power < units.length - 1 && size >= 999.5) {
    size /= 1000;
    power++;
  }
  const unit = units[power] ?? "byte";
  const digits = power === 0 || size >= 99.5 ? 0 : 1;
  return formatter(
    `bytes-${unit}-${digits}`,
    (l) => new Intl.NumberFormat(l, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits }),
  ).format(size);
}

const two = (n: number): string => String(n).padStart(2, "0");

/** 0:07, 3:25, 1:02:09. */
export function durationText(milliseconds: number): string {
  const all = Math.max(0, Math.round(milliseconds / 1000));
  const minutes = Math.floor(all / 60);
  if (minutes < 60) return `${minutes}:${two(all % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(all % 60)}`;
}

/** 37 %: a part of one as the language writes it. */
export const percentText = (part: number): string =>
  formatter("percent", (l) => new Intl.NumberFormat(l, { style: "percent", maximumFractionDigits: 0 })).format(part);

/** A count that must stay short: 1,204 to 9,999 in full, then 12K. */
export const countText = (n: number): string =>
  n < 10_000 ? numberText(n) : formatter("compact", (l) => new Intl.NumberFormat(l, { notation: "compact" })).format(n);

/** "Ines, Oskar and Priya". */
export const listText = (names: readonly string[], kind: "conjunction" | "disjunction" = "conjunction"): string =>
  formatter(`list-${kind}`, (l) => new Intl.ListFormat(l, { type: kind })).format(names);

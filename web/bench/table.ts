// SPDX-License-Identifier: Apache-2.0
// Figures of both clients as a Markdown table.
import { loadavg } from "node:os";
import type { Start } from "./measures.ts";

const sorted = (all: number[]): number[] => all.toSorted((a, b) => a - b);
/** The value below which a share of them lies; undefined of nothing. */
export const quantile = (all: number[], share: number): number | undefined => sorted(all)[Math.min(all.length - 1, Math.max(0, Math.ceil(all.length * share) - 1))];
export const median = (all: number[]): number | undefined => quantile(all, 0.5);

export const ms = (value: number | undefined): string => (value === undefined ? "—" : value >= 10_000 ? `${(value / 1000).toFixed(0)} s` : value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(0)} ms`);

/** Median, (lowest–highest); what never came is counted. */
export function spread(all: (number | undefined)[]): string {
  const came = all.filter((one) => one !== undefined);
  if (came.length === 0) return "—";
  const missing = all.length - came.length;
  return `${ms(median(came))} (${ms(Math.min(...came))}–${ms(Math.max(...came))})${missing ? `, ${missing} of ${all.length} never` : ""}`;
}

export function starts(all: (Start | undefined)[]): { wall: string; cpu: string; middle: number | undefined } {
  const came = all.filter((one) => one !== undefined);
  const of = (pick: (one: Start) => number): string => ms(median(came.map(pick)));
  return {
    wall: spread(all.map((one) => one?.wall)), middle: median(came.map(({ wall }) => wall)),
    cpu: came.length ? `${of(({ cpu }) => cpu.page)} page, ${of(({ cpu }) => cpu.worker)} worker, ${of(({ cpu }) => cpu.all)} in all; waited ${of(({ cpu }) => cpu.waited)}` : "—",
  };
}

export interface Row {
  what: string;
  bar: string;
  ours: string;
  theirs: string;
  /** Undefined: there is no bar. */
  isMet?: boolean | undefined;
}

export const load = (): string => loadavg().map((one) => one.toFixed(1)).join(", ");

export function render(rows: Row[], notes: string[]): string {
  const lines = rows.map(({ what, bar, ours, theirs, isMet }) => `| ${what} | ${bar} | ${ours}${isMet === undefined ? "" : isMet ? "" : " **missed**"} | ${theirs} |`);
  return [...notes, "", "| | bar | Parley | Converse 14 |", "|---|---|---|---|", ...lines, ""].join("\n");
}

// SPDX-License-Identifier: Apache-2.0
// What of a room's configuration (XEP-0045, 10.2) we ask in our own words; the rest is shown as the room names it.
import type { Form, FormField } from "../../shared/forms.ts";

const roomconfig = (name: string): string => `muc#roomconfig_${name}`;

/** Our words to the fields of the form. */
export const FIELDS = {
  name: roomconfig("roomname"), description: roomconfig("roomdesc"), isPublic: roomconfig("publicroom"), membersOnly: roomconfig("membersonly"),
  hasPassword: roomconfig("passwordprotectedroom"), password: roomconfig("roomsecret"), moderated: roomconfig("moderatedroom"), slow: roomconfig("slow_mode_duration"),
  invites: roomconfig("allowinvites"), subject: roomconfig("changesubject"), whois: roomconfig("whois"), registration: "{urn:parley:room:0}registration", pins: "{urn:parley:room:0}pins",
} as const;

export type Known = keyof typeof FIELDS;
export type Values = Partial<Record<Known, string>>;

const of = (form: Form, known: Known): FormField | undefined => form.fields.find((one) => one.name === FIELDS[known]);
const isTrue = (value: string | undefined): boolean => value === "1" || value === "true";

/** The values of the fields that the form has; booleans as "1" and "0". */
export function knownValues(form: Form): Values {
  return Object.fromEntries((Object.keys(FIELDS) as Known[]).flatMap((known) => {
    const field = of(form, known);
    if (!field) return [];
    const value = field.values[0] ?? "";
    return [[known, field.kind === "boolean" ? (isTrue(value) ? "1" : "0") : value]];
  }));
}

/** The form without them. */
export function restOf(form: Form): Form {
  const known = new Set<string>(Object.values(FIELDS));
  return { ...form, fields: form.fields.filter((one) => !known.has(one.name) && one.kind !== "fixed") };
}

/** What is sent: ours over the rest. A password nobody wants is not sent. */
export function merged(values: Values, rest: Record<string, string[]>): Record<string, string[]> {
  const ours = Object.entries(values).filter(([known]) => known !== "password" || values.hasPassword === "1");
  return { ...rest, ...Object.fromEntries(ours.map(([known, value]) => [FIELDS[known as Known], [value]])) };
}

/** Seconds of slow mode that are offered, with the one that is set. */
export function pauses(now: number): number[] {
  return [...new Set([0, 10, 30, 60, 300, 900, 3600, now])].toSorted((a, b) => a - b);
}

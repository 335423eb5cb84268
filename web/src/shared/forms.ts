// SPDX-License-Identifier: Apache-2.0
// Data forms (XEP-0004) and steps of commands (XEP-0050), as the page shows them.

export type FieldKind = "text" | "lines" | "secret" | "boolean" | "one" | "many" | "jid" | "jids" | "fixed" | "hidden";

export interface FormField {
  kind: FieldKind;
  name: string;
  label: string;
  help?: string;
  values: string[];
  options: { value: string; label: string }[];
  required: boolean;
}

export interface Form {
  kind: "form" | "result";
  title?: string;
  instructions?: string;
  fields: FormField[];
  /** A table of results: names of the columns are in `fields`. */
  rows: Record<string, string[]>[];
}

export interface CommandStep {
  status: "executing" | "completed" | "canceled";
  session?: string;
  form?: Form;
  notes: { kind: "info" | "warn" | "error"; text: string }[];
  actions: ("prev" | "next" | "complete")[];
}

// SPDX-License-Identifier: Apache-2.0
// Data forms (XEP-0004), and the pages of XEP-0059.
import { lookUp } from "../../shared/lookup.ts";
import type { FieldKind, Form, FormField } from "../../shared/forms.ts";
import { type El, h, number, textOf } from "./el.ts";
import { NS } from "./ns.ts";

/** A form that is sent: values of one field, or several. */
export function submit(type: string | undefined, fields: Record<string, string | string[] | undefined>): El {
  const all = { ...(type ? { FORM_TYPE: type } : {}), ...fields };
  return h("x", { xmlns: NS.form, type: "submit" }, Object.entries(all).filter(([, value]) => value !== undefined)
    .map(([name, value]) => h("field", { var: name }, [value as string | string[]].flat().map((one) => h("value", {}, one)))));
}

/** Field to values; of the first form inside el. */
export function fields(el: El | undefined): Map<string, string[]> {
  const form = el?.is("x", NS.form) ? el : el?.getChild("x", NS.form);
  return new Map((form?.getChildren("field") ?? []).flatMap((field) =>
    field.attrs.var ? [[field.attrs.var, field.getChildren("value").map((value) => value.text())] as const] : []));
}

export interface Page {
  max: number;
  /** Ids; `before: ""` is the last page. */
  before?: string;
  after?: string;
}

export const page = ({ max, before, after }: Page): El =>
  h("set", { xmlns: NS.rsm }, h("max", {}, max), before !== undefined && h("before", {}, before), after !== undefined && h("after", {}, after));

export interface Ends {
  first?: string;
  last?: string;
  count?: number;
}

/** What the answer says of its page. */
export function ends(el: El | undefined): Ends {
  const set = el?.getChild("set", NS.rsm);
  const result: Ends = {};
  const [first, last, count] = [set?.getChildText("first"), set?.getChildText("last"), number(set?.getChildText("count"))];
  if (first) result.first = first;
  if (last) result.last = last;
  if (count !== undefined) result.count = count;
  return result;
}

const KINDS: Record<string, FieldKind> = {
  "text-single": "text", "text-multi": "lines", "text-private": "secret", boolean: "boolean", "list-single": "one", "list-multi": "many", "jid-single": "jid", "jid-multi": "jids",
  fixed: "fixed", hidden: "hidden",
};
const FIELDS_MAX = 300;
const ROWS_MAX = 1000;

function parseField(field: El): FormField {
  const help = textOf(field, "desc");
  return {
    kind: lookUp(KINDS, field.attrs.type) ?? "text", name: field.attrs.var ?? "", label: field.attrs.label ?? field.attrs.var ?? "", required: field.getChild("required") !== undefined,
    values: field.getChildren("value").map((one) => one.text()),
    options: field.getChildren("option").slice(0, FIELDS_MAX).map((one) => ({ value: textOf(one, "value") ?? "", label: one.attrs.label ?? textOf(one, "value") ?? "" })),
    ...(help ? { help } : {}),
  };
}

/** A form to be shown. */
export function parseForm(x: El): Form {
  const [title, instructions] = [textOf(x, "title"), textOf(x, "instructions")];
  const isResult = x.attrs.type === "result";
  const own = x.getChildren("field").length > 0 ? x.getChildren("field") : (x.getChild("reported")?.getChildren("field") ?? []);
  return {
    kind: isResult ? "result" : "form", fields: own.slice(0, FIELDS_MAX).map(parseField), ...(title ? { title } : {}), ...(instructions ? { instructions } : {}),
    rows: x.getChildren("item").slice(0, ROWS_MAX).map((item) => Object.fromEntries(item.getChildren("field").map((one) => [one.attrs.var ?? "", one.getChildren("value").map((value) => value.text())]))),
  };
}

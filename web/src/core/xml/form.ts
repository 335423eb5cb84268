// SPDX-License-Identifier: Apache-2.0
// Data forms (XEP-0004), and the pages of XEP-0059.
import { type El, h, number } from "./el.ts";
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

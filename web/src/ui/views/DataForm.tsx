// SPDX-License-Identifier: Apache-2.0
// A data form (XEP-0004): every kind of field, and tables of results.
import { lookUp } from "../../shared/lookup.ts";
import type { Form, FormField } from "../../shared/forms.ts";
import { t } from "../../i18n/index.ts";

function Input({ field, id }: { field: FormField; id: string }) {
  const first = field.values[0] ?? "";
  const base = { id, name: field.name, required: field.required, "aria-describedby": field.help ? `${id}-help` : undefined };
  if (field.kind === "lines" || field.kind === "jids") return <textarea {...base} class="input" rows={4}>{field.values.join("\n")}</textarea>;
  if (field.kind === "secret") return <input {...base} class="input" type="password" autocomplete="off" defaultValue={first} />;
  if (field.kind === "one" || field.kind === "many") {
    return (
      <select {...base} class="select" multiple={field.kind === "many"}>
        {field.kind === "one" && !field.required && !field.values.length && <option value="" />}
        {field.options.map((one) => <option key={one.value} value={one.value} selected={field.values.includes(one.value)}>{one.label}</option>)}
      </select>
    );
  }
  return <input {...base} class="input" type="text" defaultValue={first} inputMode={field.kind === "jid" ? "email" : undefined} />;
}

function Row({ field, place }: { field: FormField; place: number }) {
  const id = `form-${place}`;
  if (field.kind === "hidden") return null;
  if (field.kind === "fixed") return <p class="second">{field.values.join("\n")}</p>;
  if (field.kind === "boolean") {
    return (
      <label class="line">
        <input type="checkbox" class="switch" name={field.name} defaultChecked={["1", "true"].includes(field.values[0] ?? "")} />
        <span>{field.label}{field.help && <span class="help">{field.help}</span>}</span>
      </label>
    );
  }
  return (
    <div class="field">
      <label for={id}>{field.label}</label>
      <Input field={field} id={id} />
      {field.help && <span class="help" id={`${id}-help`}>{field.help}</span>}
    </div>
  );
}

function Table({ form }: { form: Form }) {
  return (
    <div class="scroll-x">
      <table>
        <thead><tr>{form.fields.map((one) => <th key={one.name} scope="col">{one.label}</th>)}</tr></thead>
        <tbody>{form.rows.map((row, i) => <tr key={i}>{form.fields.map((one) => <td key={one.name}><bdi>{lookUp(row, one.name)?.join(", ")}</bdi></td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}

/** The fields; the form element around them is the caller's. */
export function DataForm({ form }: { form: Form }) {
  if (form.rows.length > 0) return <Table form={form} />;
  if (form.kind === "result") {
    return <dl class="facts">{form.fields.filter((one) => one.kind !== "hidden").map((one) => <div key={one.name}><dt>{one.label}</dt><dd><bdi>{one.values.join("\n") || t("form.nothing")}</bdi></dd></div>)}</dl>;
  }
  return (
    <>
      {form.instructions && <p class="second">{form.instructions}</p>}
      {form.fields.map((field, place) => <Row key={field.name || place} field={field} place={place} />)}
    </>
  );
}

/** What was filled in, with the hidden fields. */
export function valuesOf(element: HTMLFormElement, form: Form): Record<string, string[]> {
  const data = new FormData(element);
  return Object.fromEntries(form.fields.filter((one) => one.name && one.kind !== "fixed").map((one) => {
    if (one.kind === "hidden") return [one.name, one.values];
    if (one.kind === "boolean") return [one.name, [data.has(one.name) ? "1" : "0"]];
    const values = data.getAll(one.name).map(String);
    return [one.name, one.kind === "lines" || one.kind === "jids" ? (values[0] ?? "").split("\n").filter(Boolean) : values];
  }));
}

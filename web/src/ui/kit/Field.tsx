// SPDX-License-Identifier: Apache-2.0
// Fields of forms: always with a label that can be seen; help and fault stand under them and are named to a screen reader.
import type { ComponentChildren, JSX, Ref } from "preact";
import { Icon } from "./Icon.tsx";
import { useUid } from "./uid.ts";

type Native = JSX.IntrinsicElements["input"];

/** What of a native field can be said besides; Preact's own type knows every pair of type and role and cannot be handed on. */
interface Input {
  type?: "text" | "password" | "email" | "url" | "tel" | "number" | "date" | "time" | "datetime-local" | undefined;
  name?: string | undefined;
  autocomplete?: string | undefined;
  autofocus?: boolean | undefined;
  required?: boolean | undefined;
  disabled?: boolean | undefined;
  readonly?: boolean | undefined;
  placeholder?: string | undefined;
  maxLength?: number | undefined;
  min?: string | undefined;
  max?: string | undefined;
  inputMode?: "text" | "numeric" | "email" | "url" | "search" | "none" | undefined;
  autocapitalize?: "off" | "on" | undefined;
  spellcheck?: boolean | undefined;
  onKeyDown?: ((event: KeyboardEvent) => void) | undefined;
  onBlur?: ((event: FocusEvent) => void) | undefined;
  inputRef?: Ref<HTMLInputElement> | undefined;
}

export interface FieldProps extends Input {
  label: string;
  value: string;
  onInput: (value: string) => void;
  help?: ComponentChildren;
  /** What is wrong, as a sentence. */
  fault?: string | undefined;
  size?: "l" | undefined;
}

/** A line of text with its label. An empty one has the direction of the page, for its placeholder. */
export function Field({ label, value, onInput, help, fault, size, inputRef, ...rest }: FieldProps) {
  const id = useUid();
  const notes = [fault && `${id}f`, help && `${id}h`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        dir={value ? "auto" : undefined}
        {...(rest as Native)}
        ref={inputRef ?? null}
        id={id}
        class={size ? `input ${size}` : "input"}
        value={value}
        aria-invalid={fault ? true : undefined}
        aria-describedby={notes || undefined}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <Fault id={`${id}f`} text={fault} />
      {help && (
        <span class="help" id={`${id}h`}>
          {help}
        </span>
      )}
    </div>
  );
}

function Fault({ id, text }: { id: string; text: string | undefined }) {
  return (
    <span class="help danger-text" id={id} role="alert" hidden={!text}>
      {text}
    </span>
  );
}

/** `extra`: what useListbox gives for the field. */
export interface SearchProps extends Omit<Input, "name" | "type"> {
  name: string;
  value: string;
  onInput: (value: string) => void;
  extra?: object | undefined;
}

/** A field to look for something; its name is not shown, the sign says it. */
export function SearchField({ name, value, onInput, inputRef, extra, ...rest }: SearchProps) {
  return (
    <span class="input-icon">
      <Icon name="search" size="s" />
      <input
        dir={value ? "auto" : undefined}
        autocomplete="off"
        spellcheck={false}
        placeholder={name}
        {...({ ...rest, ...extra, type: "search" } as Native)}
        ref={inputRef ?? null}
        class="input"
        aria-label={name}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </span>
  );
}

export interface Option<V extends string> {
  value: V;
  label: string;
}

interface Choice<V extends string> {
  /** The name; shown above only where `shown` is set, else it stands elsewhere. */
  name: string;
  value: V;
  options: readonly Option<V>[];
  onChange: (value: V) => void;
  disabled?: boolean | undefined;
}

/** One of many, from the system's own list. */
export function Select<V extends string>({ name, value, options, onChange, disabled, shown }: Choice<V> & { shown?: boolean }) {
  const id = useUid();
  const box = (
    <span class="select-wrap">
      <select
        id={id}
        class="select input"
        aria-label={shown ? undefined : name}
        disabled={disabled}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value as V)}
      >
        {options.map((one) => (
          <option key={one.value} value={one.value}>
            {one.label}
          </option>
        ))}
      </select>
      <Icon name="chevron-down" size="s" />
    </span>
  );
  if (!shown) return box;
  return (
    <div class="field">
      <label for={id}>{name}</label>
      {box}
    </div>
  );
}

/** One of a few, side by side: radio buttons. */
export function Segments<V extends string>({ name, value, options, onChange, disabled }: Choice<V>) {
  const id = useUid();
  return (
    <div class="seg" role="radiogroup" aria-label={name}>
      {options.map((one) => (
        <label key={one.value}>
          <input type="radio" name={id} value={one.value} checked={one.value === value} disabled={disabled} onChange={() => onChange(one.value)} />
          {one.label}
        </label>
      ))}
    </div>
  );
}

interface Toggle {
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean | undefined;
}

/** On or off, at once. Name: what it is that is on. */
export function Switch({ name, checked, onChange, disabled }: Toggle & { name: string }) {
  return (
    <input
      class="switch"
      type="checkbox"
      role="switch"
      aria-label={name}
      checked={checked}
      disabled={disabled}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}

/** A tick box with its words. */
export function Check({ children, checked, onChange, disabled }: Toggle & { children: ComponentChildren }) {
  return (
    <label class="tick">
      <input class="check" type="checkbox" checked={checked} disabled={disabled} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{children}</span>
    </label>
  );
}

/** One of several, each with a sentence that explains it. */
export function Radios<V extends string>({ name, value, options, onChange, disabled }: Omit<Choice<V>, "options"> & { options: readonly (Option<V> & { help?: string })[] }) {
  const id = useUid();
  return (
    <fieldset class="stack" disabled={disabled}>
      <legend class="label">{name}</legend>
      <div class="choices">
        {options.map((one) => (
          <label key={one.value} class="choice">
            <input class="radio" type="radio" name={id} value={one.value} checked={one.value === value} onChange={() => onChange(one.value)} />
            <b>{one.label}</b>
            {one.help && <small>{one.help}</small>}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

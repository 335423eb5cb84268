// SPDX-License-Identifier: Apache-2.0
// A password that can be shown while it is typed; a new one is told how good it is, in words.
import { useId, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { IconButton } from "../kit/IconButton.tsx";

const LEAST = 8; // characters
const GOOD = 12;

export type Strength = "none" | "short" | "fair" | "good";

/** Length is what counts; the same few signs again and again are not length. */
export function strengthOf(password: string): Strength {
  const [length, kinds] = [[...password].length, new Set(password).size];
  if (length === 0) return "none";
  if (length < LEAST || kinds < 4) return "short";
  return length >= GOOD && kinds >= 6 ? "good" : "fair";
}

/** Whether it may be taken. */
export const isGood = (password: string): boolean => !["none", "short"].includes(strengthOf(password));

interface Props {
  label: string;
  value: string;
  onInput: (value: string) => void;
  isNew?: boolean;
  size?: "l";
  fault?: string | undefined;
}

/** The field, its button to show what was typed, its word. */
export function PasswordField({ label, value, onInput, isNew, size, fault }: Props) {
  const id = useId();
  const [isShown, setShown] = useState(false);
  const [caps, setCaps] = useState(false);
  const strength = isNew ? strengthOf(value) : "none";
  const watchCaps = (event: KeyboardEvent): void => setCaps(event.getModifierState?.("CapsLock") ?? false);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="with-eye">
        <input
          class={size ? `input ${size}` : "input"} id={id} name="password" type={(isShown ? "text" : "password") as "password"} required autocomplete={isNew ? "new-password" : "current-password"}
          autoCapitalize="none" spellcheck={false} aria-invalid={fault ? true : undefined} aria-describedby={`${id}h`} value={value}
          onInput={(event) => onInput(event.currentTarget.value)} onKeyDown={watchCaps} onKeyUp={watchCaps}
        />
        <IconButton icon={isShown ? "eye-off" : "eye"} name={t(isShown ? "password.hide" : "password.show")} aria-pressed={isShown} onClick={() => setShown(!isShown)} />
      </span>
      <span class={strength === "good" ? "help positive" : "help"} id={`${id}h`} role="status">
        {fault || (caps ? t("password.caps") : isNew ? t(`password.${strength}`) : "")}
      </span>
    </div>
  );
}

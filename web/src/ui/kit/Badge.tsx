// SPDX-License-Identifier: Apache-2.0
// Small signs in a row: counts, tags, chips and key caps.
import type { ComponentChildren, JSX } from "preact";
import { countText } from "../../i18n/index.ts";
import { Icon, type IconName } from "./Icon.tsx";
import { keyCaps } from "./keys.ts";

/** Unread messages; with `you` they wait for you: filled, with an @ (in direct chats the count alone). Name: what a screen reader says. */
export function Badge({ n, you, at, name }: { n: number; you?: boolean | undefined; at?: boolean | undefined; name: string }) {
  return (
    <span class={you ? "badge badge-you" : "badge"}>
      <span aria-hidden="true">
        {at && "@"}
        {countText(n)}
      </span>
      <span class="sr-only">{name}</span>
    </span>
  );
}

/** A word about something, in a tint that repeats what the word says. */
export function Tag({ tint, icon, children }: { tint?: "accent" | "positive" | "attention" | "danger"; icon?: IconName; children: ComponentChildren }) {
  return (
    <span class={tint ? `tag tag-${tint}` : "tag"}>
      {icon && <Icon name={icon} size="xs" />}
      {children}
    </span>
  );
}

/** A choice that can be on or off, or something picked that can be taken away again (onRemove, with the name of that button). */
export function Chip(props: { on?: boolean; icon?: IconName; children: ComponentChildren; onToggle?: () => void; onRemove?: () => void; removeName?: string }) {
  const { on, icon, children, onToggle, onRemove, removeName } = props;
  if (onToggle)
    return (
      <button type="button" class="chip" aria-pressed={on === true} onClick={onToggle}>
        {icon && <Icon name={icon} size="s" />}
        {children}
      </button>
    );
  return (
    <span class={on ? "chip chip-on" : "chip"}>
      {icon && <Icon name={icon} size="s" />}
      {children}
      {onRemove && (
        <button type="button" aria-label={removeName} title={removeName} onClick={onRemove}>
          <Icon name="close" size="xs" />
        </button>
      )}
    </span>
  );
}

/** Key caps of a chord such as "Mod+K". */
export function Kbd({ keys, ...rest }: { keys: string } & Pick<JSX.IntrinsicElements["span"], "aria-hidden">) {
  return (
    <span class="caps" {...rest}>
      {keyCaps(keys).map((cap) => (
        <kbd key={cap} class="kbd">
          {cap}
        </kbd>
      ))}
    </span>
  );
}

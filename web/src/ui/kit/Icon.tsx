// SPDX-License-Identifier: Apache-2.0
// A drawn sign from the sprite. It has no name of its own: what it says stands beside it, or in the name of the button.
import type { IconName } from "./icons.ts";
import sprite from "./icons.svg?url";

export type { IconName } from "./icons.ts";

/** Signs that point somewhere: they mirror where lines begin at the right. */
const POINTING: ReadonlySet<IconName> = new Set<IconName>([
  "reply", "forward", "send", "chevron-left", "chevron-right", "arrow-left", "arrow-right", "logout", "login", "list", "sidebar", "external", "volume",
]);

/** A sign: 20 px, or 16 (s), or 14 (xs). */
export function Icon({ name, size, class: more }: { name: IconName; size?: "s" | "xs" | undefined; class?: string | undefined }) {
  const classes = ["i", size && `i-${size}`, POINTING.has(name) && "flip", more].filter(Boolean).join(" ");
  return (
    <svg class={classes} aria-hidden="true">
      <use href={`${sprite}#${name}`} />
    </svg>
  );
}

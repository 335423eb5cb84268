// SPDX-License-Identifier: Apache-2.0
// Buttons that are only a sign: the name is their aria-label, and their title together with the keys that do the same.
import type { ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "./Icon.tsx";
import { keyName } from "./keys.ts";

export interface IconButtonProps extends Omit<JSX.IntrinsicElements["button"], "icon" | "size" | "class" | "name"> {
  icon: IconName;
  /** What it does, as a verb. */
  name: string;
  /** The keys that do the same: "Mod+K". */
  keys?: string | undefined;
  size?: "s" | "xs" | undefined;
  /** A small number at its corner. */
  count?: number | undefined;
  class?: string | undefined;
  /** Words or faces beside the sign: the wide form. */
  children?: ComponentChildren;
}

/** A sign to press. */
export function IconButton({ icon, name, keys, size, count, class: more, children, ...rest }: IconButtonProps) {
  const classes = ["icon-btn", children !== undefined && "wide", more].filter(Boolean).join(" ");
  const title = keys ? `${name} (${keyName(keys)})` : name;
  return (
    <button type="button" aria-label={name} title={title} {...rest} class={classes}>
      <Icon name={icon} size={size} />
      {children}
      {count ? <span class="count">{count}</span> : null}
    </button>
  );
}

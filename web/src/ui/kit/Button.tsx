// SPDX-License-Identifier: Apache-2.0
// Buttons with a word. One primary button per view.
import type { ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "./Icon.tsx";

type Native = Omit<JSX.IntrinsicElements["button"], "size" | "icon" | "class">;

export interface ButtonProps extends Native {
  kind?: "primary" | "quiet" | "link" | "danger" | "danger-fill" | undefined;
  size?: "s" | "l" | undefined;
  /** As wide as its place. */
  block?: boolean | undefined;
  icon?: IconName | undefined;
  /** Being done: it can be focused, and does nothing when it is pressed again. */
  busy?: boolean | undefined;
  class?: string | undefined;
  children?: ComponentChildren;
}

/** A button; type="button" unless it is said otherwise. */
export function Button({ kind, size, block, icon, busy, class: more, children, onClick, ...rest }: ButtonProps) {
  const classes = ["btn", kind && `btn-${kind}`, size && `btn-${size}`, block && "btn-block", more].filter(Boolean).join(" ");
  const waits = busy ? { "aria-busy": true, "aria-disabled": true } : {};
  return (
    <button type="button" {...rest} {...waits} class={classes} onClick={busy ? stop : onClick}>
      {icon && <Icon name={icon} size="s" />}
      {children}
    </button>
  );
}

const stop = (event: Event): void => {
  event.preventDefault();
  event.stopPropagation();
};

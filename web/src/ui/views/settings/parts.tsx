// SPDX-License-Identifier: Apache-2.0
// What the pages of the settings are built of.
import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "../../kit/index.ts";

/** A block of rows under a heading. */
export function Block({ title, text, children }: { title?: string; text?: string | undefined; children?: ComponentChildren }) {
  return (
    <section class="block">
      {title && <h2>{title}</h2>}
      {text && <p class="second small">{text}</p>}
      {children}
    </section>
  );
}

/** A row: what it is, a sentence about it, and at its end what can be changed. */
export function Line({ icon, name, text, children }: { icon?: IconName; name: ComponentChildren; text?: ComponentChildren; children?: ComponentChildren }) {
  return (
    <div>
      {icon && <Icon name={icon} />}
      <div class="what"><span>{name}</span>{text && <span>{text}</span>}</div>
      {children}
    </div>
  );
}

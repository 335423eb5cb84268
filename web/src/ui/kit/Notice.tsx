// SPDX-License-Identifier: Apache-2.0
// Boxes that say how things are: notices, meters, and what stands where there is nothing yet.
import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./Icon.tsx";

/** A line with a sign, a sentence and at most one button. Errors are read out at once, the rest in its place. */
export function Notice({ tint, icon, children }: { tint?: "attention" | "positive" | "danger" | "accent"; icon: IconName; children: ComponentChildren }) {
  return (
    <div class={tint ? `notice notice-${tint}` : "notice"} role={tint === "danger" ? "alert" : undefined}>
      <Icon name={icon} />
      {children}
    </div>
  );
}

/** How much of something is used, or done: a part of one. */
export function Meter({ value, name, done }: { value: number; name: string; /** Something under way, such as an upload. */ done?: boolean }) {
  const percent = Math.round(Math.max(0, Math.min(1, value)) * 100);
  return (
    <div class="meter" role={done ? "progressbar" : "meter"} aria-label={name} aria-valuenow={percent} aria-valuemin={0} aria-valuemax={100}>
      <span style={{ inlineSize: `${percent}%` }} />
    </div>
  );
}

/** Nothing here: a drawing, what is, what then, and one action or two. */
export function Empty({ art, title, children, actions }: { art?: ComponentChildren; title: string; children?: ComponentChildren; actions?: ComponentChildren }) {
  return (
    <div class="empty">
      {art && (
        <svg class="art" viewBox="0 0 120 88" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
          {art}
        </svg>
      )}
      <h3>{title}</h3>
      {children && <p>{children}</p>}
      {actions && <div class="line">{actions}</div>}
    </div>
  );
}

// SPDX-License-Identifier: Apache-2.0
// Menus: arrows, Home, End, typing the first letters, Escape. On phones they come from below.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Button, type ButtonProps } from "./Button.tsx";
import { type Anchor, type Float, openFloat } from "./float.ts";
import { Icon, type IconName } from "./Icon.tsx";
import { IconButton, type IconButtonProps } from "./IconButton.tsx";
import { keyName } from "./keys.ts";
import type { Wish } from "./place.ts";
import { typeAhead } from "./typeahead.ts";

export interface MenuItem {
  label: string;
  icon?: IconName | undefined;
  /** The keys that do the same. */
  keys?: string | undefined;
  /** A word at the end, such as what is chosen now. */
  end?: string | undefined;
  danger?: boolean | undefined;
  disabled?: boolean | undefined;
  /** Makes it a choice that is on or off. */
  checked?: boolean | undefined;
  /** Makes it one of several. */
  radio?: boolean | undefined;
  run: () => void;
}

/** A line between groups, or a heading over the group that follows. */
export type MenuEntry = MenuItem | "line" | { heading: string };

export interface MenuOptions extends Wish {
  label: string;
  items: readonly (MenuEntry | false | undefined)[];
  /** Something over the items, such as a row of emoji. */
  head?: ((close: () => void) => ComponentChildren) | undefined;
  onClose?: (() => void) | undefined;
}

let current: Float | undefined;

/** Opens a menu at an element or a point. What is chosen runs after the menu is gone and the focus is back. */
export function openMenu(anchor: Anchor, options: MenuOptions): void {
  current?.close();
  const { label, items, head, onClose, ...wish } = options;
  const float: Float = openFloat(anchor, {
    ...wish,
    class: "menu",
    role: "menu",
    label,
    onClose: () => {
      if (current === float) current = undefined;
      onClose?.();
    },
    content: (close) => <MenuBody items={items.filter((one) => one !== false && one !== undefined)} head={head?.(close)} close={close} />,
  });
  current = float;
}

/** Closes the menu that is open, if one is. */
export const closeMenu = (): void => current?.close();

const choices = (menu: HTMLElement): HTMLElement[] => [...menu.querySelectorAll<HTMLElement>('[role^="menuitem"]:not([aria-disabled="true"])')];

function onKeyDown(event: KeyboardEvent, menu: HTMLElement, ahead: ReturnType<typeof typeAhead>, close: () => void): void {
  const all = choices(menu);
  const at = all.indexOf(document.activeElement as HTMLElement);
  const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1, PageUp: 0, PageDown: -1 };
  const step = steps[event.key];
  if (event.key === "Tab") close();
  else if (step !== undefined) all.at(step % all.length)?.focus();
  else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey)
    all[ahead(event.key, all.map((one) => one.textContent ?? ""), at)]?.focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function MenuBody({ items, head, close }: { items: readonly MenuEntry[]; head?: ComponentChildren; close: () => void }) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const menu = ref.current?.parentElement;
    if (!menu) return;
    const ahead = typeAhead();
    const keys = (event: KeyboardEvent): void => onKeyDown(event, menu, ahead, close);
    menu.addEventListener("keydown", keys);
    // The popover is shown only after this ran.
    queueMicrotask(() => choices(menu)[0]?.focus({ preventScroll: true }));
    return () => menu.removeEventListener("keydown", keys);
  }, []);
  return (
    <div ref={ref} role="none">
      {head}
      {items.map((item, place) => (item === "line" ? <hr key={place} /> : "heading" in item ? <MenuHeading key={place} text={item.heading} /> : <Row key={place} item={item} close={close} />))}
    </div>
  );
}

function MenuHeading({ text }: { text: string }) {
  return (
    <div role="presentation" class="menu-heading">
      {text}
    </div>
  );
}

function Row({ item, close }: { item: MenuItem; close: () => void }) {
  const { label, icon, keys, end, danger, disabled, checked, radio, run } = item;
  const choose = (): void => {
    if (disabled) return;
    close();
    run();
  };
  return (
    <button
      type="button"
      role={checked === undefined ? "menuitem" : radio ? "menuitemradio" : "menuitemcheckbox"}
      aria-checked={checked}
      aria-disabled={disabled || undefined}
      aria-keyshortcuts={keys?.replace("Mod", "Control")}
      tabIndex={-1}
      class={danger ? "danger" : undefined}
      onClick={choose}
      onPointerMove={(event) => event.currentTarget.focus({ preventScroll: true })}
    >
      {icon && <Icon name={icon} size="s" />}
      <span class="ellipsis" dir="auto">{label}</span>
      {checked && <span class="end"><Icon name="check" size="s" /></span>}
      {end && <span class="end">{end}</span>}
      {keys && <span class="end num" aria-hidden="true">{keyName(keys)}</span>}
    </button>
  );
}

interface Opens {
  menu: () => MenuOptions;
}

/** A button that opens a menu; the items are asked for when it opens. */
export function MenuButton({ menu, ...rest }: Opens & Omit<ButtonProps, "onClick">) {
  return <Button aria-haspopup="menu" aria-expanded="false" {...rest} onClick={(event) => openMenu(event.currentTarget, menu())} />;
}

/** The same with only a sign. */
export function MenuIconButton({ menu, ...rest }: Opens & Omit<IconButtonProps, "onClick">) {
  return <IconButton aria-haspopup="menu" aria-expanded="false" {...rest} onClick={(event) => openMenu(event.currentTarget, menu())} />;
}

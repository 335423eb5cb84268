// SPDX-License-Identifier: Apache-2.0
// The kit: everything that views are built from.
export { announce, Announcer } from "./Announcer.tsx";
export { Avatar, type AvatarProps, type AvatarSize, FaceStack, Presence } from "./Avatar.tsx";
export { Badge, Chip, Kbd, Tag } from "./Badge.tsx";
export { Button, type ButtonProps } from "./Button.tsx";
export { confirm, Dialog, type DialogProps, openDialog, type Question } from "./Dialog.tsx";
export { Check, Field, type FieldProps, type Option, Radios, SearchField, Segments, Select, Switch } from "./Field.tsx";
export type { Anchor, Float } from "./float.ts";
export { COMPOSER_KEYS, type KeyAction, KEYS, type KeyTable, LETTERS, nextLandmark, useHotkeys, watchLetters } from "./hotkeys.ts";
export { hueOf, initialOf } from "./hue.ts";
export { Icon, type IconName } from "./Icon.tsx";
export { IconButton, type IconButtonProps } from "./IconButton.tsx";
export { isChord, isComposing, keyCaps, keyName } from "./keys.ts";
export { KeyList } from "./KeyList.tsx";
export { later } from "./later.tsx";
export { useListbox } from "./Listbox.tsx";
export { useLongPress } from "./longpress.ts";
export { recall, remember, watchMemory } from "./memory.ts";
export { closeMenu, MenuButton, type MenuEntry, MenuIconButton, type MenuItem, type MenuOptions, openMenu } from "./Menu.tsx";
export { Empty, Meter, Notice } from "./Notice.tsx";
export { openPopover, type PopoverOptions } from "./Popover.tsx";
export { Say } from "./Say.tsx";
export { SkipLink } from "./Skip.tsx";
export { recallWidths, SplitHandle, type SplitProps } from "./SplitHandle.tsx";
export { type Tab, tabIds, Tabs } from "./Tabs.tsx";
export { toast, type ToastOptions, Toasts, toastUndo } from "./Toast.tsx";

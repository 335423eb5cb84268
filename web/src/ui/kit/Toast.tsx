// SPDX-License-Identifier: Apache-2.0
// Short notices at the lower edge, with one action such as "Undo". One region; while a dialog covers the page it stands in the dialog.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { Button } from "./Button.tsx";
import { Icon, type IconName } from "./Icon.tsx";
import { IconButton } from "./IconButton.tsx";

export interface ToastOptions {
  icon?: IconName;
  /** The word of its one action. */
  action?: string;
  run?: () => void;
  /** Called when it goes without the action: what was promised is then final. */
  onGone?: () => void;
  /** Milliseconds; 8,000 unless it is said. It stays longer under the pointer or the focus. */
  stay?: number;
}

interface Shown extends ToastOptions {
  id: number;
  text: string;
}

const MOST = 3;
const STAY = 8000;

const toasts = signal<readonly Shown[]>([]);
/** How many dialogs are open. */
export const dialogs = signal(0);
let ids = 0;

function drop(id: number, acted: boolean): void {
  const gone = toasts.value.find((one) => one.id === id);
  if (!gone) return;
  toasts.value = toasts.value.filter((one) => one.id !== id);
  if (!acted) gone.onGone?.();
}

/** Shows a notice; the oldest makes way for the fourth. Returns the way to take it back. */
export function toast(text: string, options: ToastOptions = {}): () => void {
  const id = ++ids;
  toasts.value = [...toasts.value, { ...options, id, text }];
  for (const old of toasts.value.slice(0, -MOST)) drop(old.id, false);
  return () => drop(id, true);
}

/** Says what was done and offers to undo it; FINISH is called when nobody did. */
export const toastUndo = (text: string, undo: () => void, finish?: () => void): (() => void) =>
  toast(text, { action: t("kit.undo"), run: undo, ...(finish && { onGone: finish }) });

function useStay(stay: number, end: () => void) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const held = useRef(0);
  const go = (): void => {
    clearTimeout(timer.current);
    if (held.current === 0) timer.current = setTimeout(end, stay);
  };
  const hold = (by: number) => (): void => {
    held.current = Math.max(0, held.current + by);
    go();
  };
  useEffect(() => {
    go();
    return () => clearTimeout(timer.current);
  }, []);
  return { onPointerEnter: hold(1), onPointerLeave: hold(-1), onFocusIn: hold(1), onFocusOut: hold(-1) };
}

function Toast({ one }: { one: Shown }) {
  const { id, text, icon, action, run, stay = STAY } = one;
  const held = useStay(stay, () => drop(id, false));
  const act = (): void => {
    drop(id, true);
    run?.();
  };
  return (
    <div class="toast" {...held}>
      {icon && <Icon name={icon} size="s" />}
      <span dir="auto">{text}</span>
      {action && (
        <Button kind="link" size="s" onClick={act}>
          {action}
        </Button>
      )}
      <IconButton icon="close" size="s" name={t("kit.close")} onClick={() => drop(id, false)} />
    </div>
  );
}

/** The region; once in the page, and once in every dialog (depth): the one on top shows them, what lies under a dialog cannot be used. */
export function Toasts({ depth = 0 }: { depth?: number }) {
  const mine = dialogs.value === depth;
  return (
    <div class="toasts" role="status" aria-label={t("kit.notices")}>
      {mine && toasts.value.map((one) => <Toast key={one.id} one={one} />)}
    </div>
  );
}

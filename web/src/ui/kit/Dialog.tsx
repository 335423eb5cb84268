// SPDX-License-Identifier: Apache-2.0
// Dialogs: native <dialog>, labelled, closed by Escape, by the scrim or by what is in it; the focus goes back where it was.
import { type ComponentChild, type ComponentChildren, render } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { Button } from "./Button.tsx";
import { IconButton } from "./IconButton.tsx";
import { dialogs, Toasts } from "./Toast.tsx";
import { useUid } from "./uid.ts";

export interface DialogProps {
  /** Its name; shown as a heading with a way to close it, unless `bare`. */
  title: string;
  /** Only the name, no heading. */
  bare?: boolean | undefined;
  role?: "dialog" | "alertdialog" | undefined;
  /** center: in the middle; top: under the upper edge, for the switcher. */
  at?: "center" | "top" | undefined;
  /** More classes of the card: "modal" (two columns), "small". */
  class?: string | undefined;
  /** Id of the text that describes it. */
  describedBy?: string | undefined;
  onClose: () => void;
  children: ComponentChildren;
}

function useModal(onClose: () => void) {
  const ref = useRef<HTMLDialogElement>(null);
  const latest = useRef(onClose);
  latest.current = onClose;
  const depth = useRef(dialogs.peek() + 1).current;
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    const back = document.activeElement;
    dialog.showModal();
    dialogs.value = depth;
    return () => {
      dialogs.value = depth - 1;
      latest.current = () => undefined;
      dialog.close();
      if (back instanceof HTMLElement && back.isConnected) back.focus({ preventScroll: true });
    };
  }, []);
  return { ref, depth, close: () => latest.current() };
}

/** A dialog that is open as long as it is rendered; on Escape or a press on the scrim it asks to be taken away. */
export function Dialog({ title, bare, role, at = "center", class: more, describedBy, onClose, children }: DialogProps) {
  const id = useUid();
  const { ref, depth, close } = useModal(onClose);
  const pressed = useRef(false);
  return (
    <dialog
      ref={ref}
      role={role}
      class={at === "center" ? "scrim full center" : "scrim full"}
      aria-label={bare ? title : undefined}
      aria-labelledby={bare ? undefined : id}
      aria-describedby={describedBy}
      onCancel={(event) => {
        if (event.target !== event.currentTarget) return;
        event.preventDefault();
        close();
      }}
      onClose={(event) => event.target === event.currentTarget && close()}
      onPointerDown={(event) => {
        pressed.current = event.target === event.currentTarget;
      }}
      onClick={(event) => pressed.current && event.target === event.currentTarget && close()}
    >
      <div class={more ? `dialog ${more}` : "dialog"}>
        {!bare && (
          <header class="dialog-head">
            <h2 id={id}>{title}</h2>
            {role !== "alertdialog" && <IconButton icon="close" name={t("kit.close")} onClick={close} />}
          </header>
        )}
        {children}
      </div>
      <Toasts depth={depth} />
    </dialog>
  );
}

/** Opens a dialog from anywhere; CONTENT renders one <Dialog>. The promise tells what it was closed with. */
export function openDialog<T>(content: (close: (result?: T) => void) => ComponentChild): Promise<T | undefined> {
  const place = document.createElement("div");
  document.body.append(place);
  return new Promise((resolve) => {
    const close = (result?: T): void => {
      render(null, place);
      place.remove();
      resolve(result);
    };
    render(content(close), place);
  });
}

export interface Question {
  title: string;
  text: string;
  /** The verb on the button. */
  action: string;
  cancel?: string | undefined;
  danger?: boolean | undefined;
}

/** Asks; true if the answer is the action. What cannot be undone has Cancel under the focus. */
export async function confirm({ title, text, action, cancel, danger }: Question): Promise<boolean> {
  const said = await openDialog<boolean>((close) => <Ask title={title} text={text} action={action} cancel={cancel} danger={danger} close={close} />);
  return said === true;
}

function Ask({ title, text, action, cancel, danger, close }: Question & { close: (yes: boolean) => void }) {
  const id = useUid();
  return (
    <Dialog title={title} role="alertdialog" class="small" describedBy={id} onClose={() => close(false)}>
      <p id={id} class="dialog-body">
        {text}
      </p>
      <footer class="dialog-foot">
        <Button autofocus={danger} onClick={() => close(false)}>
          {cancel ?? t("kit.cancel")}
        </Button>
        <Button kind={danger ? "danger-fill" : "primary"} autofocus={!danger} onClick={() => close(true)}>
          {action}
        </Button>
      </footer>
    </Dialog>
  );
}

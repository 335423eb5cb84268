// SPDX-License-Identifier: Apache-2.0
// The ways of a file into the tray: the button beside the field, a drop anywhere on the conversation.
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { filesOf, pick } from "../files/tray.ts";
import { IconButton } from "../kit/IconButton.tsx";
import { later } from "../kit/later.tsx";

/** The files over the field, once there are some. */
export const Tray = later(async () => (await import("./AttachTray.tsx")).AttachTray);

/** Records a voice message, over the field. */
export const Voice = later(async () => (await import("../files/Recorder.tsx")).Recorder);

/** Whether this browser can record: without https it has no microphone. */
export const mayRecord = (): boolean => "MediaRecorder" in globalThis && navigator.mediaDevices !== undefined;

/** Lets files be dropped on everything around the field. */
export function useDrops(slot: string, form: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const place = form.current?.closest<HTMLElement>(".pane, .main");
    if (!place) return undefined;
    let depth = 0;
    const show = (on: boolean): void => {
      if (on) place.dataset.drop = t("file.drop");
      else delete place.dataset.drop;
    };
    const isFiles = (event: DragEvent): boolean => [...(event.dataTransfer?.types ?? [])].includes("Files");
    const over = (event: DragEvent): void => {
      if (!isFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    };
    const enter = (event: DragEvent): void => {
      if (isFiles(event) && ++depth === 1) show(true);
    };
    const leave = (event: DragEvent): void => {
      if (isFiles(event) && --depth === 0) show(false);
    };
    const drop = (event: DragEvent): void => {
      depth = 0;
      show(false);
      const files = filesOf(event.dataTransfer);
      if (files.length === 0) return;
      event.preventDefault();
      pick(slot, files);
      form.current?.querySelector<HTMLElement>("[role=textbox]")?.focus();
    };
    place.addEventListener("dragover", over);
    place.addEventListener("dragenter", enter);
    place.addEventListener("dragleave", leave);
    place.addEventListener("drop", drop);
    return () => {
      show(false);
      place.removeEventListener("dragover", over);
      place.removeEventListener("dragenter", enter);
      place.removeEventListener("dragleave", leave);
      place.removeEventListener("drop", drop);
    };
  }, [slot]);
}

/** The plus: chooses files. */
export function AttachButton({ slot }: { slot: string }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton icon="plus" name={t("file.attach")} onClick={() => input.current?.click()} />
      <input
        ref={input} type="file" multiple hidden tabIndex={-1} aria-hidden="true"
        onChange={(event) => {
          pick(slot, event.currentTarget.files ?? []);
          event.currentTarget.value = "";
          input.current?.closest("form")?.querySelector<HTMLElement>("[role=textbox]")?.focus();
        }}
      />
    </>
  );
}

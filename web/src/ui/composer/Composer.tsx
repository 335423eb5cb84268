// SPDX-License-Identifier: Apache-2.0
// Where one writes. Enter sends, Shift+Enter is a new line, and nothing is sent while an input method is composing.
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { IconButton } from "../kit/IconButton.tsx";
import { row } from "../state.ts";

const PAUSE = 4000; // ms without a key: one does not write any more

function TypingLine({ jid }: { jid: string }) {
  const writing = row(jid)?.writing ?? [];
  return (
    <div class="typing-line" aria-live="off">
      {writing.length > 0 && (
        <>
          <span class="dots" aria-hidden="true"><i /><i /><i /></span>
          <span>{t("composer.writing", { names: writing.slice(0, 3).join(", "), n: writing.length })}</span>
        </>
      )}
    </div>
  );
}

/** The form under the log. */
export function Composer({ jid, name }: { jid: string; name: string }) {
  const [text, setText] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) field.current?.focus();
    return () => clearTimeout(timer.current);
  }, [jid]);

  const writes = (on: boolean): void => {
    clearTimeout(timer.current);
    void core.writing(jid, on);
    if (on) timer.current = setTimeout(() => void core.writing(jid, false), PAUSE);
  };
  const send = (): void => {
    const words = text.trim();
    if (!words) return;
    setText("");
    writes(false);
    void core.send(jid, { text: words, mentions: [], files: [] });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  };
  return (
    <form class="compose" aria-label={t("composer.name")} onSubmit={(event) => { event.preventDefault(); send(); }}>
      <TypingLine jid={jid} />
      <div class="box">
        <div class="box-row">
          <textarea
            id="composer" ref={field} class="box-text" dir="auto" rows={1} aria-label={t("composer.label", { name })} placeholder={t("composer.label", { name })}
            value={text} onKeyDown={onKeyDown} onInput={(event) => { setText(event.currentTarget.value); writes(event.currentTarget.value !== ""); }}
          />
          <IconButton icon="send" name={t("composer.send")} type="submit" class={text.trim() ? "send ready" : "send"} />
        </div>
      </div>
      <div class="hints"><span class="end">{t("composer.hint")}</span></div>
    </form>
  );
}

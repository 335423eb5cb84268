// SPDX-License-Identifier: Apache-2.0
// Where one writes. Enter sends, Shift+Enter is a new line, and nothing is sent while an input method is composing. The draft is
// kept with every key, here and on the other devices.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Draft } from "../../shared/api.ts";
import type { Jid, Mention } from "../../shared/types.ts";
import { restOfWords, t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { pickEmoji } from "../emoji/open.tsx";
import { filesOf, isSendable, pick, sendTray, trayOf } from "../files/tray.ts";
import { Icon } from "../kit/Icon.tsx";
import { IconButton } from "../kit/IconButton.tsx";
import { later as fetched } from "../kit/later.tsx";
import { intend, intents } from "../message/intent.ts";
import { log, row } from "../state.ts";
import { type Choice, useCompletion } from "./Completion.tsx";
import { ownCommands, remoteCommands } from "./commands.ts";
import { type Trigger, triggerAt } from "./complete.ts";
import { Editor, type EditorState } from "./Editor.tsx";
import { AttachButton, Tray, Voice, mayRecord, useDrops } from "./Attach.tsx";
import { SlowNotice, Voiceless, isVoiceless, useSlow } from "./Hush.tsx";
import { canUnsend, heldFor, returned, unsend } from "./hold.ts";
import { ReachNotice } from "./ReachNotice.tsx";
import { editBetween, shift } from "./ranges.ts";

const PAUSE = 4000; // ms without a key: one does not write any more

const PlannedLine = fetched<{ jid: Jid }>(async () => (await import("../planned/PlannedLine.tsx")).PlannedLine);

function TypingLine({ jid }: { jid: Jid }) {
  const writing = row(jid)?.writing ?? [];
  return (
    <div class="typing-line" aria-live="off">
      {writing.length > 0 && (
        <>
          <span class="dots" aria-hidden="true"><i /><i /><i /></span>
          <span>{t("composer.writing", { names: writing.slice(0, 3).join(", "), n: writing.length })}</span>
        </>
      )}
      <PlannedLine jid={jid} />
    </div>
  );
}

/** What the words are for, and the way out of it. */
function IntentLine({ slot }: { slot: string }) {
  const intent = intents.value[slot];
  if (!intent) return null;
  const { kind, message } = intent;
  return (
    <div class="ctx">
      <Icon name={kind === "edit" ? "edit" : "reply"} size="s" />
      <span class="ellipsis">{kind === "edit" ? t("composer.editing") : t("composer.replying", { name: message.from.name })} <bdi class="muted">{message.text.split("\n")[0]}</bdi></span>
      <IconButton icon="close" size="s" name={t("composer.stop")} keys="Escape" onClick={() => intend(slot)} />
    </div>
  );
}

function useTyping(jid: Jid): (on: boolean) => void {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (on) => {
    clearTimeout(timer.current);
    void core.writing(jid, on);
    if (on) timer.current = setTimeout(() => void core.writing(jid, false), PAUSE);
  };
}

interface Field {
  text: string;
  caret: number | undefined;
  mentions: Mention[];
}

/** Milliseconds for which what is sent now can be taken back. */
const held = (): number => Number(heldFor()) * 1000;

const EMPTY: Field = { text: "", caret: 0, mentions: [] };

/** Without the white space around it. */
function trimmed({ text, mentions }: Field): Pick<Field, "text" | "mentions"> {
  const lead = text.length - text.trimStart().length;
  return { text: text.trim(), mentions: mentions.map((one) => ({ ...one, begin: one.begin - lead, end: one.end - lead })) };
}

/** The words that a slash command makes of what was typed; undefined: nothing is sent. */
async function throughCommand(jid: Jid, text: string): Promise<string | undefined> {
  const here = row(jid);
  const found = /^\/([\p{L}\p{N}-]+)(?:\s+([\s\S]*))?$/u.exec(text);
  if (!here || !found) return text.replace(/^\/\//, "/");
  const command = [...ownCommands(here), ...(await remoteCommands(jid))].find((one) => one.name === found[1]?.toLowerCase());
  return command ? command.run(found[2] ?? "", here) : text;
}

export interface ComposerProps {
  jid: Jid;
  name: string;
  /** In a thread: its id, and whether the room shall see it, too. */
  thread?: { id: string; alsoToRoom: boolean } | undefined;
}

/** The form under the log. */
export function Composer({ jid, name, thread }: ComposerProps) {
  const slot = thread ? `${jid} ${thread.id}` : jid;
  const [field, setField] = useState<Field>(() => ({ ...EMPTY, text: thread ? "" : (row(jid)?.draft ?? ""), caret: undefined }));
  const [trigger, setTrigger] = useState<Trigger | undefined>(undefined);
  const typing = useTyping(jid);
  const form = useRef<HTMLFormElement>(null);
  const last = useRef(0); // the caret, for what comes from outside the field
  const intent = intents.value[slot];
  const files = trayOf(slot);
  useDrops(slot, form);
  const [isVoice, setVoice] = useState(false);
  const here = row(jid) ?? { jid, kind: "chat" as const, name, time: 0, unread: 0, mentions: 0, marked: false, pinned: false, writing: [] };
  const slow = useSlow(here);

  const set = (next: Field): void => {
    setField(next);
    if (!thread && intent?.kind !== "edit") void core.draft(jid, next.text);
  };
  // Another device has gone on with the draft, and nobody writes here.
  useEffect(() => {
    const draft = row(jid)?.draft ?? "";
    if (!thread && intent?.kind !== "edit" && draft !== field.text && !form.current?.contains(document.activeElement)) setField({ ...EMPTY, text: draft, caret: undefined });
  }, [row(jid)?.draft]);
  useEffect(() => {
    if (intent?.kind === "edit") setField({ text: intent.message.text, caret: intent.message.text.length, mentions: intent.message.mentions });
  }, [intent]);
  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) form.current?.querySelector<HTMLElement>(".box-text")?.focus();
  }, [jid]);

  // Words that were taken back stand in front of what was begun meanwhile.
  useEffect(() => {
    const back = returned.value;
    if (back?.slot !== slot) return;
    returned.value = undefined;
    form.current?.querySelector<HTMLElement>(".box-text")?.focus();
    if (back.edit) return intend(slot, { kind: "edit", message: back.edit });
    const rest = field.text ? `\n${field.text}` : "";
    set({ text: back.text + rest, caret: back.text.length, mentions: [...back.mentions, ...field.mentions.map((one) => ({ ...one, begin: one.begin + back.text.length + 1, end: one.end + back.text.length + 1 }))] });
  }, [returned.value]);

  const draftOf = (text: string, mentions: Mention[]): Draft => ({
    text, mentions, files: [], ...(intent?.kind === "reply" ? { replyTo: intent.message.key } : {}), ...(thread ? { thread: thread.id, alsoToRoom: thread.alsoToRoom } : {}),
  });
  const endVoice = (sent: boolean): void => {
    setVoice(false);
    if (sent) intend(slot);
    form.current?.querySelector<HTMLElement>("[role=textbox]")?.focus();
  };

  const send = async (): Promise<void> => {
    const { text, mentions } = trimmed(field);
    if (slow > 0 && intent?.kind !== "edit") return;
    if ((!text && files.length === 0) || !isSendable(slot)) return;
    set(EMPTY);
    setTrigger(undefined);
    typing(false);
    intend(slot);
    if (intent?.kind === "edit") {
      const { key } = intent.message;
      if (text !== (log(jid).value?.messages.find((one) => one.key === key) ?? intent.message).text) void core.edit(jid, key, text, mentions, held());
      set({ ...EMPTY, text: row(jid)?.draft ?? "", caret: undefined });
      return;
    }
    const words = files.length > 0 ? text : await throughCommand(jid, text);
    if (!words && files.length === 0) return;
    const draft: Draft = { ...draftOf(words ?? "", words === text ? mentions : []), hold: held() };
    const back = (): void => set({ text, caret: text.length, mentions });
    if (files.length > 0) {
      if (!(await sendTray(jid, slot, draft))) back();
    } else await core.send(jid, draft).catch(back);
  };

  /** The words go out at another time; they stay here until the server has them. */
  const later = async (anchor: HTMLElement): Promise<void> => {
    const { text, mentions } = trimmed(field);
    const [{ sendLater }] = await Promise.all([import("../planned/remind.ts"), restOfWords()]);
    sendLater(anchor, jid, () => draftOf(text, mentions), () => {
      set(EMPTY);
      typing(false);
      intend(slot);
    });
  };

  const choose = (choice: Choice): void => {
    if (!trigger) return;
    const words = choice.kind === "emoji" ? `${choice.emoji} ` : choice.kind === "command" ? `/${choice.command.name} ` : choice.candidate.kind === "room" && trigger.kind === "room" ? `#${choice.candidate.name} ` : `@${choice.candidate.name} `;
    const edit = { from: trigger.from, to: trigger.to, put: words.length };
    const mentions = shift(field.mentions, edit);
    if (choice.kind === "candidate") {
      const kind = trigger.kind === "person" ? choice.candidate.kind : "person";
      mentions.push({ begin: trigger.from, end: trigger.from + words.length - 1, kind, jid: choice.candidate.jid, me: false });
    }
    setTrigger(undefined);
    set({ text: field.text.slice(0, trigger.from) + words + field.text.slice(trigger.to), caret: trigger.from + words.length, mentions });
  };
  /** Puts words where the caret was last. */
  const insert = (words: string): void => {
    const at = Math.min(last.current, field.text.length);
    set({ text: field.text.slice(0, at) + words + field.text.slice(at), caret: at + words.length, mentions: shift(field.mentions, { from: at, to: at, put: words.length }) });
    last.current = at + words.length;
    form.current?.querySelector<HTMLElement>(".box-text")?.focus();
  };
  const { onKeyDown: onListKey, popup, list } = useCompletion(trigger, here, choose, () => setTrigger(undefined));

  const onChange = (now: EditorState, before: EditorState): void => {
    set({ text: now.text, caret: now.caret, mentions: shift(field.mentions, editBetween(before.text, now.text, now.caret)) });
    last.current = now.caret;
    setTrigger(triggerAt(now.text, now.caret));
    typing(now.text !== "");
  };
  const onKeyDown = (event: KeyboardEvent, now: EditorState): void => {
    if (onListKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void send();
    } else if (event.key === "Escape" && intent) {
      event.stopPropagation();
      intend(slot);
      if (intent.kind === "edit") setField({ ...EMPTY, text: row(jid)?.draft ?? "", caret: undefined });
    } else if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && now.text === "") {
      const last = log(jid).value?.messages.findLast((one) => canUnsend(one) && one.root === thread?.id);
      if (!last) return;
      event.preventDefault();
      void unsend(last);
    } else if (event.key === "ArrowUp" && now.text === "") {
      const target = log(jid).value?.messages.findLast((one) => (event.shiftKey ? !one.from.mine : one.from.mine) && !one.retracted && !one.event);
      if (!target) return;
      event.preventDefault();
      intend(slot, { kind: event.shiftKey ? "reply" : "edit", message: target });
    }
  };
  const label = t("composer.label", { name });
  if (isVoiceless(here)) return <Voiceless jid={jid} />;
  return (
    <form ref={form} class="compose" aria-label={t("composer.name")} onSubmit={(event) => { event.preventDefault(); void send(); }}>
      <TypingLine jid={jid} />
      {list}
      <div class="box">
        <IntentLine slot={slot} />
        <SlowNotice seconds={slow} />
        <ReachNotice conversation={here} mentions={field.mentions} />
        {files.length > 0 && <Tray slot={slot} />}
        {isVoice && <Voice jid={jid} draft={draftOf("", [])} onDone={endVoice} />}
        <div class="box-row">
          <AttachButton slot={slot} />
          <Editor
            id={thread ? "composer-thread" : "composer"} label={label} text={field.text} caret={field.caret} mentions={field.mentions} popup={popup} onChange={onChange} onKeyDown={onKeyDown}
            onPaste={(event) => {
              const pasted = filesOf(event.clipboardData);
              if (pasted.length === 0) return;
              event.preventDefault();
              pick(slot, pasted);
            }}
            onCaret={(now) => { last.current = now.caret; if (trigger && now.text === field.text) setTrigger(triggerAt(now.text, now.caret)); }}
          />
          <IconButton icon="emoji" name={t("composer.emoji")} aria-haspopup="dialog" onClick={(event) => void pickEmoji(event.currentTarget, insert)} />
          {field.text.trim() && files.length === 0 && intent?.kind !== "edit" && <IconButton icon="clock-later" name={t("composer.later")} aria-haspopup="menu" onClick={(event) => void later(event.currentTarget)} />}
          {!isVoice && !field.text && files.length === 0 && mayRecord() && <IconButton icon="mic" name={t("voice.record")} onClick={() => setVoice(true)} />}
          <IconButton icon="send" name={t("composer.send")} keys="Enter" type="submit" class={field.text.trim() || (files.length > 0 && isSendable(slot)) ? "send ready" : "send"} />
        </div>
      </div>
      <div class="hints">
        <span><b>*{t("composer.bold")}*</b></span><span><i>_{t("composer.italic")}_</i></span><span><code>`{t("composer.code")}`</code></span><span>&gt; {t("composer.quote")}</span>
        <span class="end">{field.text && !thread ? t("composer.kept") : t("composer.hint")}</span>
      </div>
    </form>
  );
}

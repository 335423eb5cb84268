// SPDX-License-Identifier: Apache-2.0
// One message: the head of a group or a time in the gutter, quote, text, files, reactions, tick.
import { useComputed } from "@preact/signals";
import { memo } from "preact/compat";
import type { Message } from "../../shared/types.ts";
import { listText, momentText, t, timeText } from "../../i18n/index.ts";
import { TICKS } from "../chats/ConversationRow.tsx";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { Avatar, FaceStack } from "../kit/Avatar.tsx";
import { Button } from "../kit/Button.tsx";
import { Icon } from "../kit/Icon.tsx";
import { openPerson } from "../people/open.ts";
import { cleanLine, summary } from "../text/index.ts";
import { faceOf } from "./faces.ts";
import { focused } from "./at.ts";
import { Files } from "./Files.tsx";
import { goTo } from "./goto.ts";
import { canUnsend, unsend } from "../composer/hold.ts";
import { PinLine } from "../pins/PinLine.tsx";
import { ThreadLine } from "../threads/ThreadLine.tsx";
import { MessageText } from "./MessageText.tsx";
import { Reactions } from "./Reactions.tsx";
import { isTakenBack } from "./takeback.ts";
import { ToolsSlot } from "./Tools.tsx";

export interface MessageProps {
  message: Message;
  isStart: boolean;
  isEnd: boolean;
  showsDelivery: boolean;
}

const READERS = 5; // faces under a message

function Readers({ names, conversation }: { names: readonly string[]; conversation: string }) {
  const text = t("message.read-by", { names: listText(names.slice(0, 12).map((one) => cleanLine(one))) });
  return (
    <span class="readers" title={text}>
      <span class="sr-only">{text}</span>
      <FaceStack people={names.map((name) => ({ jid: `${conversation}/${name}`, name }))} most={READERS} size={16} />
      {names.length > READERS && <span aria-hidden="true">+{names.length - READERS}</span>}
    </span>
  );
}

function Meta({ message, isEnd, showsDelivery }: { message: Message; isEnd: boolean; showsDelivery: boolean }) {
  const { delivery, from, conversation } = message;
  const tick = from.mine && showsDelivery && delivery && delivery !== "failed" ? delivery : undefined;
  const readers = (message.readers ?? []).filter((one) => one !== from.name);
  if (!tick && !isEnd && readers.length === 0) return null;
  return (
    <span class={tick === "read" ? "msg-meta read" : "msg-meta"}>
      {readers.length > 0 && <Readers names={readers} conversation={conversation} />}
      {isEnd && <time class="only-bubbles">{timeText(message.time)}</time>}
      {tick && <><span class="sr-only">{t(`delivery.${tick}`)}</span><Icon name={TICKS[tick]} size="s" /></>}
    </span>
  );
}

function Failure({ message }: { message: Message }) {
  return (
    <div class="fail" role="alert">
      <Icon name="alert" size="s" />
      <span>{t("message.not-sent", { why: faultText(message.fault ?? "refused") })}</span>
      <Button size="s" onClick={() => void core.retry(message.conversation, message.key)}>{t("message.retry")}</Button>
      <Button size="s" kind="quiet" onClick={() => void core.discard(message.conversation, message.key)}>{t("message.discard")}</Button>
    </div>
  );
}

/** It has not left: the way back. */
function Held({ message }: { message: Message }) {
  return <div class="line small muted"><Icon name="clock" size="s" /><span>{t("send.held")}</span>{canUnsend(message) && <Button size="s" onClick={() => void unsend(message)}>{t("kit.undo")}</Button>}</div>;
}

function Quote({ message }: { message: Message }) {
  const { quote, conversation } = message;
  if (!quote) return null;
  return (
    <button type="button" class="quote" onClick={() => void goTo(conversation, quote.key ?? quote.ref)}>
      <b><bdi>{cleanLine(quote.name)}</bdi></b> <span dir="auto">{summary(quote.text)}</span>
    </button>
  );
}

function goneText({ retracted }: Message): string {
  if (!retracted || retracted.mine) return t("message.retracted-mine");
  const name = cleanLine(retracted.by);
  return retracted.reason ? t("message.retracted-why", { name, reason: cleanLine(retracted.reason) }) : t("message.retracted", { name });
}

function Body({ message }: { message: Message }) {
  if (message.retracted || isTakenBack(message.key)) return <div class="msg-body gone"><p class="muted">{goneText(message)}</p></div>;
  if (message.encrypted && !message.text) return <div class="msg-body"><p class="muted"><Icon name="lock" size="xs" /> {t("message.encrypted")}</p></div>;
  return (
    <div class="msg-body" dir="auto">
      <Quote message={message} />
      {message.text && <MessageText message={message} />}
    </div>
  );
}

function Head({ message, name, tabIndex }: { message: Message; name: string; tabIndex: number }) {
  return (
    <>
      <Avatar jid={message.from.jid} name={cleanLine(message.from.name)} size={36} picture={faceOf(message.conversation, message.from)} />
      <header class="msg-head">
        <button type="button" class="msg-who" tabIndex={tabIndex} aria-haspopup="dialog" onClick={(event) => void openPerson(event.currentTarget, message.from.jid, cleanLine(message.from.name))}><bdi>{name}</bdi></button>
        <time class="msg-time" title={momentText(message.time)}>{timeText(message.time)}</time>
      </header>
    </>
  );
}

const classesOf = (message: Message): string =>
  ["msg", message.from.mine && "is-own", message.mentionsMe && "is-you", (message.delivery === "waiting" || message.delivery === "failed") && "is-pending"].filter(Boolean).join(" ");

/** An article in the log. */
export const MessageView = memo(({ message, isStart, isEnd, showsDelivery }: MessageProps) => {
  const { from, key } = message;
  const isStop = useComputed(() => focused.value === key);
  const name = from.mine ? t("message.you") : cleanLine(from.name);
  const isGone = message.retracted !== undefined || isTakenBack(key);
  const hasExtras = message.files.length > 0 || Object.keys(message.reactions).length > 0;
  return (
    <article class={classesOf(message)} data-key={key} data-start={isStart || undefined} data-end={isEnd || undefined} aria-label={t("message.label", { name, time: timeText(message.time) })} tabIndex={isStop.value ? 0 : -1}>
      {isStart ? <Head message={message} name={name} tabIndex={isStop.value ? 0 : -1} /> : <time class="msg-gut" aria-hidden="true">{timeText(message.time)}</time>}
      <Body message={message} />
      {!isGone && (
        <div class="extras">
          {hasExtras && <><Files message={message} /><Reactions message={message} /></>}
          {message.delivery === "failed" && <Failure message={message} />}
          {message.until !== undefined && <Held message={message} />}
          <PinLine message={message} />
          <ThreadLine message={message} />
        </div>
      )}
      <Meta message={message} isEnd={isEnd} showsDelivery={showsDelivery} />
      <ToolsSlot message={message} />
    </article>
  );
});

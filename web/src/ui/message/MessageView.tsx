// SPDX-License-Identifier: Apache-2.0
// One message: the head of a group or a time in the gutter, quote, text, files, reactions, tick.
import type { Message } from "../../shared/types.ts";
import { momentText, t, timeText } from "../../i18n/index.ts";
import { TICKS } from "../chats/ConversationRow.tsx";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { Avatar } from "../kit/Avatar.tsx";
import { Button } from "../kit/Button.tsx";
import { Icon } from "../kit/Icon.tsx";
import { Files } from "./Files.tsx";
import { MessageText } from "./MessageText.tsx";

export interface MessageProps {
  message: Message;
  isStart: boolean;
  isEnd: boolean;
  showsDelivery: boolean;
}

function Meta({ message }: { message: Message }) {
  const { delivery } = message;
  if (!delivery || delivery === "failed") return null;
  return (
    <span class={delivery === "read" ? "msg-meta read" : "msg-meta"}>
      <span class="sr-only">{t(`delivery.${delivery}`)}</span>
      <Icon name={TICKS[delivery]} size="s" />
    </span>
  );
}

function Failure({ message }: { message: Message }) {
  return (
    <div class="failure" role="alert">
      <Icon name="alert" size="s" />
      <span>{t("message.not-sent", { why: faultText(message.fault ?? "refused") })}</span>
      <Button size="s" onClick={() => void core.retry(message.conversation, message.key)}>{t("message.retry")}</Button>
      <Button size="s" kind="quiet" onClick={() => void core.discard(message.conversation, message.key)}>{t("message.discard")}</Button>
    </div>
  );
}

function Reactions({ message }: { message: Message }) {
  const all = Object.entries(message.reactions);
  if (all.length === 0) return null;
  return (
    <div class="reacts">
      {all.map(([emoji, people]) => {
        const mine = people.some((one) => one.mine);
        return (
          <button
            key={emoji} type="button" class="react" aria-pressed={mine} title={people.map((one) => one.name).join(", ")}
            aria-label={t(mine ? "message.reaction-mine" : "message.reaction", { emoji, n: people.length })}
            onClick={() => void core.react(message.conversation, message.key, emoji, !mine)}
          >
            <span class="e" aria-hidden="true">{emoji}</span>{people.length}
          </button>
        );
      })}
    </div>
  );
}

function Quote({ message }: { message: Message }) {
  const { quote } = message;
  if (!quote) return null;
  return (
    <a class="quote" href={`#${encodeURIComponent(quote.key ?? quote.ref)}`}>
      <b><bdi>{quote.name}</bdi></b> <span dir="auto">{quote.text.split("\n")[0]}</span>
    </a>
  );
}

function Body({ message }: { message: Message }) {
  if (message.retracted) return <div class="msg-body gone"><p class="muted">{message.retracted.mine ? t("message.retracted-mine") : t("message.retracted", { name: message.retracted.by })}</p></div>;
  if (message.encrypted && !message.text) return <div class="msg-body"><p class="muted"><Icon name="lock" size="xs" /> {t("message.encrypted")}</p></div>;
  return (
    <div class="msg-body" dir="auto">
      <Quote message={message} />
      {message.text && <MessageText message={message} />}
      {message.edited && <span class="msg-edited" title={momentText(message.edited)}>{t("message.edited")}</span>}
    </div>
  );
}

/** An article in the log. */
export function MessageView({ message, isStart, isEnd, showsDelivery }: MessageProps) {
  const { from } = message;
  const name = from.mine ? t("message.you") : from.name;
  const classes = ["msg", from.mine && "is-own", message.mentionsMe && "is-you", (message.delivery === "waiting" || message.delivery === "failed") && "is-pending"].filter(Boolean).join(" ");
  const hasExtras = message.files.length > 0 || Object.keys(message.reactions).length > 0 || message.delivery === "failed";
  return (
    <article class={classes} data-key={message.key} data-start={isStart || undefined} data-end={isEnd || undefined} aria-label={t("message.label", { name, time: timeText(message.time) })} tabIndex={-1}>
      {isStart ? (
        <>
          <Avatar jid={from.jid} name={from.name} size={36} />
          <header class="msg-head">
            <span class="msg-who"><bdi>{name}</bdi></span>
            <time class="msg-time" title={momentText(message.time)}>{timeText(message.time)}</time>
          </header>
        </>
      ) : (
        <time class="msg-gut" aria-hidden="true">{timeText(message.time)}</time>
      )}
      <Body message={message} />
      {hasExtras && (
        <div class="extras">
          <Files files={message.files} />
          <Reactions message={message} />
          {message.delivery === "failed" && <Failure message={message} />}
        </div>
      )}
      {showsDelivery && <Meta message={message} />}
    </article>
  );
}

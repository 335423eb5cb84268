// SPDX-License-Identifier: Apache-2.0
// A thread beside the conversation: its first message, the answers, and a field of its own.
import type { RefObject } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Message } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import type { PaneProps } from "../app/tables.ts";
import { Composer } from "../composer/Composer.tsx";
import { core } from "../core.ts";
import { Button } from "../kit/Button.tsx";
import { threadGoal } from "../message/goto.ts";
import { group } from "../message/group.ts";
import { MessageView } from "../message/MessageView.tsx";
import { log, row } from "../state.ts";
import { summary } from "../text/index.ts";
import { followed } from "./told.ts";

const MARKED = 2000; // ms that an answer one went to is marked

/** From the archive, and what is loaded and newer on top of it. */
function useThread(jid: string, root: string): { first: Message | undefined; answers: Message[] } {
  const [past, setPast] = useState<Message[]>([]);
  useEffect(() => {
    let isHere = true;
    setPast([]);
    core.threadMessages(jid, root).then((all) => isHere && setPast(all), () => undefined); // what is loaded is shown
    return () => { isHere = false; };
  }, [jid, root]);
  const state = log(jid).value;
  return useMemo(() => {
    const all = new Map<string, Message>();
    for (const one of [...past, ...(state?.messages ?? [])]) if (one.root === root || one.ref === root || one.archive === root) all.set(one.archive ?? one.key, one);
    const list = [...all.values()].toSorted((a, b) => a.time - b.time);
    return { first: list.find((one) => one.root !== root), answers: list.filter((one) => one.root === root) };
  }, [past, state, root]);
}

/** A link, a search or a quote leads to one of the answers. */
function useGoal(root: string, all: readonly Message[]): RefObject<HTMLDivElement | null> {
  const box = useRef<HTMLDivElement>(null);
  const wanted = threadGoal.value?.root === root ? threadGoal.value : undefined;
  useEffect(() => {
    const found = wanted && all.find((one) => one.key === wanted.key || (one.archive !== undefined && one.archive === wanted.archive));
    const article = found && box.current?.querySelector<HTMLElement>(`article[data-key="${CSS.escape(found.key)}"]`);
    if (!article) return;
    threadGoal.value = undefined;
    article.scrollIntoView({ block: "center" });
    article.focus({ preventScroll: true });
    article.classList.add("is-target");
    setTimeout(() => article.classList.remove("is-target"), MARKED);
  }, [wanted, all]);
  return box;
}

function FollowButton({ jid, root, title }: { jid: string; root: string; title: string }) {
  const on = followed.value.some((one) => one.conversation === jid && one.root === root);
  return <Button size="s" kind="quiet" icon={on ? "bell-off" : "bell"} aria-pressed={on} onClick={() => void core.follow(jid, root, !on, title)}>{on ? t("thread.unfollow") : t("thread.follow")}</Button>;
}

/** The inside of the pane; `of` is the ref of the first message. */
export function ThreadPane({ jid, of: root = "" }: PaneProps) {
  const [also, setAlso] = useState(false);
  const { first, answers } = useThread(jid, root);
  const end = useRef<HTMLDivElement>(null);
  const newest = answers.at(-1);
  const box = useGoal(root, answers);
  useEffect(() => end.current?.scrollIntoView({ block: "end" }), [newest?.key]);
  useEffect(() => {
    if (newest) void core.threadSeen(jid, root, newest.time);
  }, [newest?.key]);
  const isRoom = row(jid)?.kind === "room";
  const title = summary(first?.text ?? "");
  return (
    <div class="thread" data-layout="lines">
      <div class="line thread-tools"><span class="grow muted">{t("thread.answers", { n: answers.length })}</span><FollowButton jid={jid} root={root} title={title} /></div>
      <div ref={box} class="thread-log log-in scroll" role="log" aria-label={t("thread.log")}>
        {first && <MessageView message={first} isStart isEnd showsDelivery={false} />}
        {first && <hr />}
        {group(answers.map(({ root: _root, ...one }) => one as Message)).map((item) => (item.kind === "message" ? <MessageView {...item} /> : null))}
        <div ref={end} />
      </div>
      <div>
        <Composer jid={jid} name={t("thread.title")} thread={{ id: root, alsoToRoom: also }} />
        {isRoom && <label class="line thread-also"><input type="checkbox" class="check" checked={also} onChange={(event) => setAlso(event.currentTarget.checked)} />{t("thread.also")}</label>}
      </div>
    </div>
  );
}

// SPDX-License-Identifier: Apache-2.0
// The quiet box: who waits in it, with his words where one wants to read them, and a yes, a no, and a never again.
import { useEffect, useState } from "preact/hooks";
import type { Stranger, StrangerWord } from "../../shared/people.ts";
import { momentText, t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { Avatar } from "../kit/Avatar.tsx";
import { Button } from "../kit/Button.tsx";
import { confirm } from "../kit/Dialog.tsx";
import { MenuIconButton } from "../kit/Menu.tsx";
import { go, pathOf } from "../router.ts";
import { Text } from "../text/index.ts";
import { strangersWaiting } from "./state.ts";
import { tried } from "./tried.ts";
import "../styles/views-room.css";

const about = ({ asks, messages }: Stranger): string =>
  messages === 0 ? t("people.asks") : asks ? t("quiet.asks-and-wrote", { n: messages }) : t("quiet.wrote", { n: messages });

async function block(jid: string, how: "block" | "spam" | "abuse"): Promise<void> {
  const sure = await confirm({ title: t("person.block-title", { name: jid }), text: t("person.block-text"), action: how === "block" ? t("person.block") : t("person.report"), danger: true });
  if (sure) tried(core.turnAway(jid, how), t("person.blocked", { name: jid }));
}

async function letIn({ jid, messages }: Stranger): Promise<void> {
  await core.letIn(jid);
  if (messages > 0) go(pathOf(jid));
}

function Words({ jid, count }: { jid: string; count: number }) {
  const [words, setWords] = useState<StrangerWord[]>([]);
  useEffect(() => core.strangerWords(jid).then(setWords, () => undefined) as unknown as undefined, [jid, count]);
  return (
    <ul class="stranger-words" aria-label={t("quiet.words", { name: jid })}>
      {words.map((one, n) => (
        <li key={n}>
          <time class="caption muted">{momentText(one.time)}</time>
          {one.text ? <Text text={one.text} /> : null}
          {one.files > 0 && <p class="muted">{t("quiet.files", { n: one.files })}</p>}
        </li>
      ))}
    </ul>
  );
}

function Waiting({ one }: { one: Stranger }) {
  const [isOpen, setOpen] = useState(false);
  const { jid } = one;
  return (
    <li class="ask" aria-label={jid}>
      <Avatar jid={jid} name={jid} size={40} />
      <div class="grow">
        <p class="wrap"><b><bdi>{jid}</bdi></b></p>
        <p class="second">{about(one)}{one.lost > 0 && ` ${t("quiet.lost", { n: one.lost })}`}</p>
      </div>
      <div class="line">
        <Button size="s" kind="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>{t(isOpen ? "quiet.close" : "quiet.read")}</Button>
        <Button size="s" kind="primary" onClick={() => tried(letIn(one))}>{t("quiet.let-in")}</Button>
        <Button size="s" onClick={() => tried(core.turnAway(jid))}>{t("people.decline")}</Button>
        <MenuIconButton
          icon="more" name={t("quiet.more", { name: jid })}
          menu={() => ({
            label: jid,
            items: [
              { label: t("person.block"), icon: "block", danger: true, run: () => void block(jid, "block") },
              { label: t("quiet.spam"), icon: "flag", danger: true, run: () => void block(jid, "spam") },
              { label: t("quiet.abuse"), icon: "flag", danger: true, run: () => void block(jid, "abuse") },
            ],
          })}
        />
      </div>
      {isOpen && <Words jid={jid} count={one.messages} />}
    </li>
  );
}

/** The section of the people page; nothing while nobody waits. */
export function Strangers() {
  const waiting = strangersWaiting.value;
  const [all, setAll] = useState<Stranger[]>([]);
  useEffect(() => {
    let isHere = true;
    core.strangers().then((found) => isHere && setAll(found), () => undefined); // the next news asks again
    return () => { isHere = false; };
  }, [waiting]);
  if (all.length === 0) return null;
  return (
    <section aria-label={t("quiet.title")}>
      <h2>{t("quiet.title")}</h2>
      <p class="second">{t("quiet.text")}</p>
      <ul class="asks">{all.map((one) => <Waiting key={one.jid} one={one} />)}</ul>
    </section>
  );
}

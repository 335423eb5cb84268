// SPDX-License-Identifier: Apache-2.0
// What of a log belongs to which thread, and what can be done with a message about it.
import type { Jid, Message } from "../../shared/types.ts";
import { restOfWords, t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { sayFault, setAction } from "../message/actions.ts";
import { openPane } from "../router.ts";
import type { LogState } from "../state.ts";
import { summary } from "../text/index.ts";
import { kept } from "./told.ts";

export interface Line {
  count: number;
  last: Message;
}

const lines = new WeakMap<LogState, Map<string, Line>>();

/** Ref of a root to how many answers are loaded, and the last of them. */
export function threadLines(state: LogState | undefined): ReadonlyMap<string, Line> {
  if (!state) return new Map();
  let made = lines.get(state);
  if (!made) {
    made = new Map();
    for (const one of state.messages) if (one.root) made.set(one.root, { count: (made.get(one.root)?.count ?? 0) + 1, last: one });
    lines.set(state, made);
  }
  return made;
}

/** The line of a message that began a thread. */
export const lineOf = (state: LogState | undefined, message: Message): Line | undefined => {
  const all = threadLines(state);
  return all.get(message.ref) ?? (message.archive ? all.get(message.archive) : undefined);
};

export const isKept = (conversation: Jid, archive: string): boolean => kept.value.some((one) => one.conversation === conversation && one.archive === archive);

setAction("remind", (message) => {
  const { archive, conversation, text, files, key } = message;
  if (!archive) return undefined;
  const open = async (): Promise<void> => {
    const [{ remind }] = await Promise.all([import("../planned/remind.ts"), restOfWords()]);
    const anchor = document.querySelector<HTMLElement>(`article.msg[data-key="${CSS.escape(key)}"]`);
    if (anchor) remind(anchor, { conversation, archive, line: summary(text) || files[0]?.name || "" });
  };
  return { id: "remind", label: t("message.remind"), icon: "bell", run: () => void open().catch(sayFault) };
});
setAction("thread", (message) => ({ id: "thread", label: t("thread.reply"), icon: "thread", key: "t", run: () => openPane("thread", message.root ?? message.ref) }));
setAction("later", (message) => {
  const { archive, conversation, text, files } = message;
  if (!archive) return undefined;
  const on = isKept(conversation, archive);
  return { id: "later", label: on ? t("later.done") : t("later.keep"), icon: "bookmark", key: "s", pressed: on, run: () => void core.later(conversation, archive, !on, text || files[0]?.name) };
});

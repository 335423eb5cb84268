// SPDX-License-Identifier: Apache-2.0
// Under a message that began a thread: how many answers, the last of whom and when.
import type { Message } from "../../shared/types.ts";
import { shortText, t } from "../../i18n/index.ts";
import { FaceStack } from "../kit/Avatar.tsx";
import { openPane } from "../router.ts";
import { log } from "../state.ts";
import { cleanLine } from "../text/index.ts";
import { lineOf } from "./state.ts";

/** Nothing without answers. */
export function ThreadLine({ message }: { message: Message }) {
  const line = lineOf(log(message.conversation).value, message);
  if (!line) return null;
  const name = line.last.from.mine ? t("message.you") : cleanLine(line.last.from.name);
  return (
    <button type="button" class="replies" onClick={() => openPane("thread", message.ref)}>
      <FaceStack people={[{ jid: line.last.from.jid, name: line.last.from.name }]} size={20} />
      <b>{t("thread.answers", { n: line.count })}</b>
      <span class="muted">{t("thread.last", { name, time: shortText(line.last.time) })}</span>
    </button>
  );
}

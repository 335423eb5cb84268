// SPDX-License-Identifier: Apache-2.0
// The words of a message as nodes; never as markup. Links to people and rooms open in the page. "/me waves" is told of who has said
// it (XEP-0245).
import type { Message } from "../../shared/types.ts";
import { momentText, t } from "../../i18n/index.ts";
import { toast } from "../kit/Toast.tsx";
import { cleanLine, Text } from "../text/index.ts";

const ACTION = "/me ";

/** A plain press on xmpp: stays here; what a browser does with other keys and buttons is its own. */
function onLink(href: string, event: MouseEvent): void {
  if (!/^xmpp:/i.test(href) || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  import("../app/xmpplink.ts").then((one) => one.openXmppLink(href), () => toast(t("kit.not-loaded"), { icon: "warning" }));
}

function Edited({ message }: { message: Message }) {
  if (message.edited === undefined) return null;
  return (
    <button type="button" class="msg-edited" title={momentText(message.edited)} aria-haspopup="dialog" onClick={(event) => {
      const at = event.currentTarget;
      void import("./dialogs.tsx").then((one) => one.openVersions(message, at));
    }}>
      {t("message.edited")}
    </button>
  );
}

/** Paragraphs of the text, and whether it was edited. */
export function MessageText({ message }: { message: Message }) {
  const { text, mentions, unstyled } = message;
  const edited = <Edited message={message} />;
  if (!text.startsWith(ACTION)) return <div class="words"><Text text={text} mentions={mentions} unstyled={unstyled} onLink={onLink}>{edited}</Text></div>;
  const moved = mentions.map((one) => ({ ...one, begin: one.begin - ACTION.length, end: one.end - ACTION.length }));
  const lead = <span class="actor">* <bdi>{cleanLine(message.from.name)}</bdi> </span>;
  return <div class="words action"><Text text={text.slice(ACTION.length)} mentions={moved} unstyled={unstyled} onLink={onLink} lead={lead}>{edited}</Text></div>;
}

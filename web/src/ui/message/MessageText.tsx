// SPDX-License-Identifier: Apache-2.0
// The words of a message as nodes; never as markup. Links to this server's own conversations open in the page.
import type { Message } from "../../shared/types.ts";
import { momentText, t } from "../../i18n/index.ts";
import { Text } from "../text/index.ts";

/** Paragraphs of the text, and whether it was edited. */
export function MessageText({ message }: { message: Message }) {
  const { text, mentions, edited } = message;
  return (
    <div class="words">
      <Text text={text} mentions={mentions}>
        {edited !== undefined && (
          <button type="button" class="msg-edited" title={momentText(edited)} aria-haspopup="dialog" onClick={(event) => {
            const at = event.currentTarget;
            void import("./dialogs.tsx").then((one) => one.openVersions(message, at));
          }}>
            {t("message.edited")}
          </button>
        )}
      </Text>
    </div>
  );
}

// SPDX-License-Identifier: Apache-2.0
// Begins a conversation by address.
import { useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { Button } from "../kit/Button.tsx";
import { Dialog } from "../kit/Dialog.tsx";
import { wholeAddress } from "../address.ts";
import { go, pathOf } from "../router.ts";
import { me } from "../state.ts";

/** The dialog; onClose when it is done or given up. */
export function NewConversation({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const jid = wholeAddress(text, me.value?.jid.split("@")[1] ?? "");
  const begin = (event: Event): void => {
    event.preventDefault();
    if (!jid) return;
    onClose();
    if (/^xmpp:/i.test(text.trim())) void import("../app/xmpplink.ts").then((one) => one.openXmppLink(text.trim()));
    else go(pathOf(jid));
  };
  return (
    <Dialog title={t("new.title")} onClose={onClose}>
      <form onSubmit={begin} class="form">
        <div class="field">
          <label for="new-address">{t("new.address")}</label>
          <input id="new-address" class="input" type="text" inputMode="email" autoCapitalize="none" spellcheck={false} autoFocus value={text} onInput={(event) => setText(event.currentTarget.value)} />
          <p class="help">{t("new.help")}</p>
        </div>
        <Button kind="primary" type="submit" disabled={!jid}>{t("new.begin")}</Button>
      </form>
    </Dialog>
  );
}

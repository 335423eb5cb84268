// SPDX-License-Identifier: Apache-2.0
// Begins a conversation: by name with somebody of the list, the rooms or the directory, or by address with anybody.
import { useState } from "preact/hooks";
import type { FoundPerson } from "../../shared/people.ts";
import type { Jid } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { wholeAddress } from "../address.ts";
import { Avatar, Button, Dialog, useListbox } from "../kit/index.ts";
import { usePeople } from "../people/find.ts";
import { go, pathOf } from "../router.ts";
import { conversations, me, row } from "../state.ts";

const MOST = 8; // suggestions

/** People of the list first, then the others who fit. */
function suggestions(words: string, found: FoundPerson[]): FoundPerson[] {
  const known = conversations.value.filter((one) => one.kind === "chat" && (one.name.toLowerCase().includes(words) || one.jid.split("@")[0]?.includes(words)));
  return [...new Map([...known, ...found].map(({ jid, name }) => [jid, { jid, name }])).values()].filter((one) => one.jid !== me.value?.jid).slice(0, MOST);
}

/** The dialog; onClose when it is done or given up. */
export function NewConversation({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const words = text.trim().toLowerCase();
  const people = suggestions(words, usePeople(words));
  const address = wholeAddress(text, me.value?.jid.split("@")[1] ?? "");
  const begin = (jid: Jid | undefined): void => {
    if (!jid) return;
    onClose();
    if (/^xmpp:/i.test(text.trim())) void import("../app/xmpplink.ts").then((one) => one.openXmppLink(text.trim()));
    else go(pathOf(jid));
  };
  const box = useListbox({ count: people.length, query: words, onChoose: (place) => begin(people[place]?.jid), idle: true });
  return (
    <Dialog title={t("new.title")} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); begin(address); }} class="form">
        <div class="field">
          <label for="new-address">{t("new.address")}</label>
          <input
            id="new-address" class="input" type="text" inputMode="email" autoCapitalize="none" spellcheck={false} autoFocus {...box.field} aria-describedby="new-help"
            value={text} onInput={(event) => setText(event.currentTarget.value)} onKeyDown={(event) => void box.onKeyDown(event)}
          />
          <p class="help" id="new-help">{t("new.help")}</p>
        </div>
        <ul {...box.list} aria-label={t("switcher.people")}>
          {people.map((one, place) => (
            <li key={one.jid} class="opt" {...box.option(place)}>
              <Avatar jid={one.jid} name={one.name} size={28} picture={row(one.jid)?.avatar} />
              <span class="ellipsis"><bdi>{one.name}</bdi> <span class="muted small"><bdi>{one.jid}</bdi></span></span>
            </li>
          ))}
        </ul>
        <Button kind="primary" type="submit" disabled={!address}>{t("new.begin")}</Button>
      </form>
    </Dialog>
  );
}

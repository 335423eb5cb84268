// SPDX-License-Identifier: Apache-2.0
// Asks people into a room: by address, or by a link that lets its bearer in.
import { useState } from "preact/hooks";
import { Refusal } from "../../shared/rpc.ts";
import type { Jid } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { wholeAddress } from "../address.ts";
import { showCode } from "../codes/open.ts";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { Button } from "../kit/Button.tsx";
import { toast } from "../kit/Toast.tsx";
import { me, row } from "../state.ts";

const WEEK = 7 * 24 * 3600;

/** A field and two buttons. */
export function InviteField({ room }: { room: Jid }) {
  const [text, setText] = useState("");
  const [link, setLink] = useState("");
  const who = wholeAddress(text, me.value?.jid.split("@")[1] ?? "");
  const ask = (event: Event): void => {
    event.preventDefault();
    if (!who) return;
    void core.invite(room, who);
    toast(t("command.invited", { name: who }));
    setText("");
  };
  const make = (): void => {
    core.inviteLink(room, WEEK).then(async (made) => {
      setLink(made);
      await navigator.clipboard?.writeText(made);
      toast(t("invite.copied"));
    }).catch((why: unknown) => toast(faultText(why instanceof Refusal ? why.fault : "refused"), { icon: "warning" }));
  };
  return (
    <form class="invite-field" onSubmit={ask}>
      <label class="sr-only" for="invite-who">{t("invite.who")}</label>
      <input id="invite-who" class="input" autoCapitalize="none" spellcheck={false} placeholder={t("invite.who")} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      <Button type="submit" icon="person-plus" disabled={!who}>{t("invite.ask")}</Button>
      <Button icon="link" onClick={make}>{t("invite.link")}</Button>
      {link && <input class="input" readOnly aria-label={t("invite.link")} value={link} onFocus={(event) => event.currentTarget.select()} />}
      {link && <Button icon="qr" onClick={() => showCode(row(room)?.name ?? room, link, t("codes.room-text"))}>{t("codes.show")}</Button>}
    </form>
  );
}

// SPDX-License-Identifier: Apache-2.0
// Asks people into a room: by address, or by a link that lets its bearer in, with an account if the inviter may give one away.
import { useId, useState } from "preact/hooks";
import { Refusal } from "../../shared/rpc.ts";
import type { Jid } from "../../shared/types.ts";
import { joinPath, xmppLink } from "../../shared/uri.ts";
import { t } from "../../i18n/index.ts";
import { wholeAddress } from "../address.ts";
import { showCode } from "../codes/open.ts";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { Button } from "../kit/Button.tsx";
import { toast } from "../kit/Toast.tsx";
import { copied } from "../people/copied.ts";
import { me, row } from "../state.ts";

const WEEK = 7 * 24 * 3600;

interface Made {
  /** What a browser opens. */
  link: string;
  /** What other apps open. */
  uri: string;
  makesAccount: boolean;
}

async function makeLink(room: Jid): Promise<Made> {
  const uri = await core.inviteLink(room, WEEK);
  const account = await core.invitePerson(true).catch(() => undefined); // not everybody may
  const pass = xmppLink(uri)?.words["password"];
  return { uri, link: location.origin + joinPath({ invite: account?.token, room, pass }), makesAccount: account !== undefined };
}

function Link({ room, made: { link, uri, makesAccount } }: { room: Jid; made: Made }) {
  const name = row(room)?.name ?? room;
  return (
    <div class="stack invite-link">
      <input class="input" readOnly aria-label={t("invite.link")} value={link} onFocus={(event) => event.currentTarget.select()} />
      <p class="help">{t(makesAccount ? "invite.about-account" : "invite.about")}</p>
      <div class="line wrap">
        <Button size="s" icon="qr" onClick={() => showCode(name, link, t("codes.room-text"))}>{t("codes.show")}</Button>
        <Button size="s" kind="quiet" onClick={() => copied(uri, t("invite.copied-apps"))}>{t("invite.for-apps")}</Button>
      </div>
    </div>
  );
}

/** A field and two buttons. */
export function InviteField({ room }: { room: Jid }) {
  const id = useId();
  const [text, setText] = useState("");
  const [made, setMade] = useState<Made | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const who = wholeAddress(text, me.value?.jid.split("@")[1] ?? "");
  const ask = (event: Event): void => {
    event.preventDefault();
    if (!who) return;
    void core.invite(room, who);
    toast(t("command.invited", { name: who }));
    setText("");
  };
  const make = (): void => {
    setBusy(true);
    makeLink(room).then((now) => {
      setMade(now);
      copied(now.link, t("invite.copied"));
    }, (why: unknown) => void toast(faultText(why instanceof Refusal ? why.fault : "refused"), { icon: "warning" })).finally(() => setBusy(false));
  };
  return (
    <form class="invite-field" onSubmit={ask}>
      <div class="field">
        <label for={id}>{t("invite.who")}</label>
        <div class="line">
          <input id={id} class="input" autoCapitalize="none" spellcheck={false} value={text} onInput={(event) => setText(event.currentTarget.value)} />
          <Button type="submit" icon="person-plus" disabled={!who}>{t("invite.ask")}</Button>
        </div>
      </div>
      <Button icon="link" block busy={busy} onClick={make}>{t("invite.link")}</Button>
      {made && <Link room={room} made={made} />}
    </form>
  );
}

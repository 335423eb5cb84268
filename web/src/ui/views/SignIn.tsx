// SPDX-License-Identifier: Apache-2.0
// The door: address and password. Password managers fill it; the password is forgotten once the worker has a token.
import { useState } from "preact/hooks";
import { Refusal } from "../../shared/rpc.ts";
import type { Fault } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { wholeAddress } from "../chats/NewConversation.tsx";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { Button } from "../kit/Button.tsx";
import { Icon } from "../kit/Icon.tsx";
import { go, route } from "../router.ts";
import { accounts, choose, me } from "../state.ts";
import "../styles/views-door.css";

const host = location.hostname;

/** Where to go after the door: back to what the link named. */
const goal = (): string => (route.peek().view === "login" || route.peek().view === "join" ? "/" : location.pathname + location.hash);

async function enter(jid: string, password: string): Promise<void> {
  const account = await core.signIn(jid, password);
  const to = goal();
  await choose(account);
  accounts.value = await core.accounts();
  go(to, true);
}

/** The sentence for a door that stays shut. */
const sentence = (fault: Fault): string => (fault === "not-authorized" ? t("door.wrong") : faultText(fault));

/** Sign in with an account that is there. */
export function SignIn() {
  const gone = me.value?.state === "signed-out" ? me.value : undefined;
  const [address, setAddress] = useState(gone?.jid ?? "");
  const [password, setPassword] = useState("");
  const [fault, setFault] = useState<Fault | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const submit = (event: Event): void => {
    event.preventDefault();
    const jid = wholeAddress(address, host);
    if (!jid || !password || busy) return;
    setBusy(true);
    setFault(undefined);
    enter(jid, password).catch((why: unknown) => setFault(why instanceof Refusal ? why.fault : "refused")).finally(() => setBusy(false));
  };
  return (
    <main class="door">
      <div class="door-art" aria-hidden="true" />
      <div class="door-main">
        <div class="door-card">
          <span class="brand"><span class="av av-36 sq" data-hue="6"><Icon name="logo" /></span>{host}</span>
          <h1>{gone ? t("door.again") : t("door.title")}</h1>
          <form class="stack form" aria-label={t("door.sign-in")} onSubmit={submit}>
            {fault && <p class="notice notice-danger" role="alert"><Icon name="warning" size="s" />{sentence(fault)}</p>}
            {gone?.fault && !fault && <p class="notice notice-attention" role="status"><Icon name="info" size="s" />{faultText(gone.fault)}</p>}
            <div class="field">
              <label for="address">{t("door.address")}</label>
              <input class="input l" id="address" name="username" autocomplete="username" autoCapitalize="none" spellcheck={false} required value={address} onInput={(event) => setAddress(event.currentTarget.value)} />
              <span class="help">{t("door.address-help", { host })}</span>
            </div>
            <div class="field">
              <label for="password">{t("door.password")}</label>
              <input class="input l" id="password" name="password" type="password" autocomplete="current-password" required value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
            </div>
            <Button kind="primary" size="l" type="submit" busy={busy}>{t("door.sign-in")}</Button>
          </form>
          <p class="small second"><a class="accent-text medium" href="/about">{t("door.about")}</a></p>
        </div>
      </div>
    </main>
  );
}

// SPDX-License-Identifier: Apache-2.0
// The door: address and password. Password managers fill it; the password is forgotten once the worker has a token.
import { useEffect, useState } from "preact/hooks";
import { Refusal } from "../../shared/rpc.ts";
import type { Fault } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { wholeAddress } from "../address.ts";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { Button } from "../kit/Button.tsx";
import { Icon } from "../kit/Icon.tsx";
import { recall } from "../kit/memory.ts";
import { go, route } from "../router.ts";
import { accounts, choose, me } from "../state.ts";
import { Door, host } from "./Door.tsx";
import { PasswordField } from "./PasswordField.tsx";

/** Where to go after the door: back to what the link named. */
const goal = (): string => (["login", "join"].includes(route.peek().view) ? "/" : location.pathname + location.search + location.hash);

async function enter(jid: string, password: string): Promise<void> {
  const account = await core.signIn(jid, password);
  const to = goal();
  await choose(account);
  accounts.value = await core.accounts();
  go(to, true);
}

/** The sentence for a door that stays shut. */
function sentence(fault: Fault, jid: string): string {
  const domain = jid.split("@")[1] ?? "";
  if (fault === "not-authorized") return t("door.wrong");
  if (fault === "offline") return t("door.offline");
  return domain !== host && fault !== "timeout" ? t("door.elsewhere", { domain, host }) : faultText(fault);
}

/** An account of another server: said before the password leaves this browser. */
const isElsewhere = (jid: string): boolean => jid.split("@")[1] !== host && location.hostname !== "127.0.0.1";

function Others() {
  const others = (accounts.value ?? []).filter((jid) => jid !== me.value?.jid || me.value.state !== "signed-out");
  if (others.length === 0) return null;
  return (
    <ul class="door-others" aria-label={t("rail.name")}>
      {others.map((jid) => <li key={jid}><Button kind="quiet" icon="arrow-left" onClick={() => void choose(jid).then(() => go("/"))}>{t("door.back-to", { jid })}</Button></li>)}
    </ul>
  );
}

/** Sign in with an account that is there. */
export function SignIn() {
  const isMore = route.value.view === "login" && (accounts.value?.length ?? 0) > 0 && me.value?.state !== "signed-out";
  const gone = me.value?.state === "signed-out" ? me.value : undefined;
  const [address, setAddress] = useState(gone?.jid ?? (isMore ? "" : (recall("account") ?? "")));
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    document.title = `${t("door.sign-in")} · Parley`;
    document.querySelector<HTMLElement>(address ? "input[name=password]" : "#address")?.focus();
  }, []);
  const submit = (event: Event): void => {
    event.preventDefault();
    const jid = wholeAddress(address, host);
    if (!jid || !password || busy) return;
    if (isElsewhere(jid)) return setProblem(t("door.elsewhere", { domain: jid.split("@")[1] ?? "", host }));
    setBusy(true);
    setProblem("");
    enter(jid, password).catch((why: unknown) => {
      setProblem(sentence(why instanceof Refusal ? why.fault : "refused", jid));
      document.querySelector<HTMLInputElement>("input[name=password]")?.select();
    }).finally(() => setBusy(false));
  };
  return (
    <Door title={gone ? t("door.again") : isMore ? t("rail.add-account") : t("door.title")}>
      <form class="stack form door-form" aria-label={t("door.sign-in")} onSubmit={submit}>
        {problem && <p class="notice notice-danger" role="alert"><Icon name="warning" size="s" />{problem}</p>}
        {gone?.fault && !problem && <p class="notice notice-attention" role="status"><Icon name="info" size="s" />{faultText(gone.fault)}</p>}
        <div class="field">
          <label for="address">{t("door.address")}</label>
          <input
            class="input l" id="address" name="username" autocomplete="username" autoCapitalize="none" spellcheck={false} required aria-describedby="address-help" value={address}
            onInput={(event) => setAddress(event.currentTarget.value)}
          />
          <span class="help" id="address-help">{t("door.address-help", { host })}</span>
        </div>
        <PasswordField label={t("door.password")} value={password} onInput={setPassword} size="l" />
        <Button kind="primary" size="l" type="submit" busy={busy}>{t("door.sign-in")}</Button>
      </form>
      <Others />
      <p class="small second"><a class="accent-text medium" href="/about">{t("door.about")}</a></p>
    </Door>
  );
}

// SPDX-License-Identifier: Apache-2.0
// The page of an invitation: a name, a password, and one is in; with a room in the link, in that room.
import { useEffect, useState } from "preact/hooks";
import { Refusal } from "../../shared/rpc.ts";
import type { Fault } from "../../shared/types.ts";
import { type Joining, joining, roomUri } from "../../shared/uri.ts";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { Button, Icon } from "../kit/index.ts";
import { go, pathOf } from "../router.ts";
import { accounts, choose } from "../state.ts";
import { Door, host } from "./Door.tsx";
import { setHints } from "./hinted.ts";
import { isGood, PasswordField } from "./PasswordField.tsx";

/** "Rosa Luz" becomes "rosa.luz": what can stand in front of the @. */
export const addressOf = (name: string): string =>
  name.trim().toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replace(/\s+/g, ".").replace(/["&'/:<>@]/g, "").slice(0, 60);

const sentence = (fault: Fault, name: string): string => (fault === "conflict" ? t("join.taken", { name }) : fault === "refused" ? t("join.no-name") : fault === "not-there" ? t("join.used") : faultText(fault));

async function enter({ invite = "", room, pass }: Joining, local: string, name: string, password: string): Promise<void> {
  const jid = await core.register(invite, `${local}@${host}`, password);
  setHints(true);
  await choose(jid);
  if (room) await core.joinRoom(room, pass ? { password: pass } : {});
  go(room ? pathOf(room) : "/", true);
  accounts.value = await core.accounts();
  if (name.trim() && name.trim() !== local) await core.setName(name.trim()).catch(() => undefined); // can be said later
}

function JoinForm({ to }: { to: Joining }) {
  const [name, setName] = useState("");
  const [own, setOwn] = useState<string | undefined>(undefined);
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const local = own ?? addressOf(name);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (busy || !local || !isGood(password)) return setProblem(t("join.missing"));
    setBusy(true);
    setProblem("");
    enter(to, local, name, password).catch((why: unknown) => {
      setProblem(sentence(why instanceof Refusal ? why.fault : "refused", local));
      setBusy(false);
    });
  };
  return (
    <form class="stack form door-form" aria-label={t("join.form")} onSubmit={submit}>
      {problem && <p class="notice notice-danger" role="alert"><Icon name="warning" size="s" />{problem}</p>}
      <div class="field">
        <label for="join-name">{t("join.name")}</label>
        <input class="input l" id="join-name" name="name" autocomplete="name" required autoFocus value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </div>
      <div class="field">
        <label for="join-address">{t("join.address")}</label>
        <input
          class="input l" id="join-address" name="username" autocomplete="username" autoCapitalize="none" spellcheck={false} required aria-describedby="join-help" value={local}
          onInput={(event) => setOwn(addressOf(event.currentTarget.value))}
        />
        <span class="help" id="join-help">{local ? t("join.others-write", { jid: `${local}@${host}` }) : ""}</span>
      </div>
      <PasswordField label={t("door.password")} value={password} onInput={setPassword} isNew size="l" />
      <Button kind="primary" size="l" type="submit" busy={busy}>{t("join.come-in")}</Button>
    </form>
  );
}

/** Who invites, and the form; or why it is too late. */
export function Join() {
  const [to] = useState(() => joining(location.search));
  const token = to.invite ?? "";
  const [found, setFound] = useState<{ inviter?: string } | undefined>(undefined);
  const [fault, setFault] = useState<Fault | undefined>(token ? undefined : "not-there");
  useEffect(() => {
    document.title = `${t("join.title")} · Parley`;
    if (token) core.invitation(token).then(setFound, (why: unknown) => setFault(why instanceof Refusal ? why.fault : "refused"));
  }, [token]);
  const inviter = found?.inviter?.split("@")[0];
  const signIn = <p class="small second">{t("join.have-one")} <a class="accent-text medium" href={to.room ? `/#${roomUri(to)}` : "/login"}>{t("door.sign-in")}</a></p>;
  if (fault) return <Door title={t("join.closed")} lead={fault === "not-there" ? t("join.used") : faultText(fault)}>{signIn}</Door>;
  if (!found) return <Door title={t("join.title")}><></></Door>;
  return (
    <Door title={inviter ? t("join.invites", { name: inviter }) : t("join.title")} lead={to.room ? t("join.lead-room", { room: to.room.split("@")[0] ?? "" }) : inviter ? t("join.lead", { name: inviter }) : t("join.lead-server", { host })}>
      <JoinForm to={to} />
      {signIn}
    </Door>
  );
}

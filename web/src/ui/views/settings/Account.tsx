// SPDX-License-Identifier: Apache-2.0
// Oneself: picture and state, name, password.
import { useState } from "preact/hooks";
import { Refusal } from "../../../shared/rpc.ts";
import { t } from "../../../i18n/index.ts";
import { core } from "../../core.ts";
import { faultText } from "../../faults.ts";
import { Avatar, Button, Field, toast } from "../../kit/index.ts";
import { tried } from "../../people/tried.ts";
import { me } from "../../state.ts";
import { isGood, PasswordField } from "../PasswordField.tsx";
import { Block } from "./parts.tsx";

const openStatus = (): void => void import("../../people/StatusDialog.tsx").then((one) => one.openStatus());

function Name() {
  const [name, setName] = useState(me.value?.name ?? "");
  const save = (event: Event): void => {
    event.preventDefault();
    if (name.trim()) tried(core.setName(name.trim()), t("account.name-saved"));
  };
  return (
    <form class="settings-form" onSubmit={save}>
      <Field label={t("account.name")} value={name} onInput={setName} autocomplete="name" maxLength={100} />
      <Button type="submit" disabled={!name.trim() || name.trim() === me.value?.name}>{t("account.save")}</Button>
    </form>
  );
}

function Password() {
  const [password, setPassword] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const save = (event: Event): void => {
    event.preventDefault();
    if (busy || !isGood(password)) return;
    setBusy(true);
    setFault("");
    core.changePassword(password).then(() => {
      setPassword("");
      toast(t("account.password-saved"), { icon: "check" });
    }, (why: unknown) => setFault(faultText(why instanceof Refusal ? why.fault : "refused"))).finally(() => setBusy(false));
  };
  return (
    <form class="settings-form" onSubmit={save}>
      <PasswordField label={t("account.new-password")} value={password} onInput={setPassword} isNew fault={fault} />
      <Button type="submit" busy={busy} disabled={!isGood(password)}>{t("account.change-password")}</Button>
    </form>
  );
}

/** The page. */
export function Account() {
  const mine = me.value;
  if (!mine) return null;
  return (
    <>
      <Block>
        <div class="rows">
          <div>
            <Avatar jid={mine.jid} name={mine.name} picture={mine.avatar} size={48} />
            <div class="what"><bdi>{mine.name}</bdi><span>{mine.jid}</span></div>
            <Button onClick={openStatus}>{t("rail.status")}</Button>
          </div>
        </div>
      </Block>
      <Block title={t("account.name")} text={t("account.name-text")}><Name /></Block>
      <Block title={t("account.password")} text={t("account.password-text")}><Password /></Block>
    </>
  );
}

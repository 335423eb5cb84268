// SPDX-License-Identifier: Apache-2.0
// Why one is not in a room, and the way on: a password, another name, to ask, to enter again.
import { useState } from "preact/hooks";
import type { RoomTrouble } from "../../shared/rooms.ts";
import { Refusal } from "../../shared/rpc.ts";
import type { Jid } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { Button } from "../kit/Button.tsx";
import { Field } from "../kit/Field.tsx";
import { Icon } from "../kit/Icon.tsx";
import { toast } from "../kit/Toast.tsx";
import { go, pathOf } from "../router.ts";
import { me } from "../state.ts";
import "../styles/views-room.css";

function OneField({ label, first, action, secret, onDone }: { label: string; first: string; action: string; secret?: boolean; onDone: (text: string) => void }) {
  const [text, setText] = useState(first);
  return (
    <form class="line trouble-form" onSubmit={(event) => { event.preventDefault(); if (text.trim()) onDone(text.trim()); }}>
      <Field label={label} value={text} type={secret ? "password" : "text"} autocomplete="off" required onInput={setText} />
      <Button kind="primary" type="submit" disabled={!text.trim()}>{action}</Button>
    </form>
  );
}

function AskIn({ jid }: { jid: Jid }) {
  const [asked, setAsked] = useState(false);
  const ask = (): void => {
    core.askMembership(jid).then(() => setAsked(true), (why: unknown) => toast(faultText(why instanceof Refusal ? why.fault : "refused"), { icon: "warning" }));
  };
  if (asked) return <p role="status">{t("trouble.asked")}</p>;
  return <div class="line"><Button icon="hand" onClick={ask}>{t("trouble.ask")}</Button></div>;
}

function Way({ jid, trouble }: { jid: Jid; trouble: RoomTrouble }) {
  const { fault, successor } = trouble;
  if (fault === "password-needed") return <OneField label={t("trouble.password")} first="" secret action={t("rooms.enter")} onDone={(password) => void core.joinRoom(jid, { password })} />;
  if (fault === "nick-taken") return <OneField label={t("trouble.nick")} first={`${me.value?.name ?? ""}2`} action={t("rooms.enter")} onDone={(nick) => void core.joinRoom(jid, { nick })} />;
  if (fault === "not-member") return <AskIn jid={jid} />;
  if (fault === "shown-out" || fault === "quota" || fault === "timeout") return <div class="line"><Button onClick={() => void core.joinRoom(jid, {})}>{t("trouble.again")}</Button></div>;
  return (
    <div class="line">
      {successor && <Button kind="primary" onClick={() => go(pathOf(successor))}>{t("trouble.successor", { name: successor })}</Button>}
      <Button onClick={() => go("/")}>{t("room.back")}</Button>
    </div>
  );
}

/** A card over the log. */
export function RoomTroubleCard({ jid, trouble }: { jid: Jid; trouble: RoomTrouble }) {
  return (
    <div class="trouble" role="alert">
      <Icon name={trouble.fault === "password-needed" ? "key" : trouble.fault === "not-member" ? "lock" : "warning"} />
      <div class="grow stack">
        <p>{faultText(trouble.fault)}{trouble.reason && <> <bdi>{trouble.reason}</bdi></>}</p>
        <Way key={trouble.fault} jid={jid} trouble={trouble} />
      </div>
    </div>
  );
}

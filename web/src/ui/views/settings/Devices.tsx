// SPDX-License-Identifier: Apache-2.0
// Where the account is used: names, last use, and the way to sign a device out from here.
import { useEffect, useState } from "preact/hooks";
import type { Device } from "../../../shared/api.ts";
import { Refusal } from "../../../shared/rpc.ts";
import { momentText, t } from "../../../i18n/index.ts";
import { core } from "../../core.ts";
import { faultText } from "../../faults.ts";
import { Button, confirm, Notice, Tag, toast } from "../../kit/index.ts";
import { tried } from "../../people/tried.ts";
import { me } from "../../state.ts";
import { Block, Line } from "./parts.tsx";

const nameOf = (one: Device): string => one.device || one.software || t("devices.unnamed");

async function signOutDevice(one: Device): Promise<void> {
  if (!(await confirm({ title: t("devices.out-title", { name: nameOf(one) }), text: t("devices.out-text"), action: t("devices.out"), danger: true }))) return;
  const isGone = await core.signOutDevice(one.id);
  toast(t(isGone ? "devices.is-out" : "devices.is-out-knows", { name: nameOf(one) }), { icon: isGone ? "check" : "warning" });
}

function Row({ one, again }: { one: Device; again: () => Promise<void> }) {
  const where = one.connected ? t("devices.now") : t("devices.last", { time: momentText(one.lastSeen) });
  return (
    <Line
      icon={/Android|iOS|phone/i.test(one.device) ? "mobile" : "device"}
      name={<><bdi>{nameOf(one)}</bdi> {one.own && <Tag tint="accent">{t("devices.own")}</Tag>}</>}
      text={`${one.device && one.software ? `${one.software} · ` : ""}${where}`}
    >
      {!one.own && <Button size="s" onClick={() => tried(signOutDevice(one).then(again))}>{t("devices.out")}</Button>}
    </Line>
  );
}

/** The page. */
export function Devices() {
  const [list, setList] = useState<Device[] | undefined>(undefined);
  const [fault, setFault] = useState("");
  const load = (): Promise<void> => core.devices().then((all) => {
    setList(all);
    setFault("");
  }, (why: unknown) => setFault(faultText(why instanceof Refusal ? why.fault : "refused")));
  const state = me.value?.state;
  useEffect(() => {
    if (state === "online") void load();
  }, [state]);
  if (!list) return fault ? <Notice icon="wifi-off" tint="attention">{fault}</Notice> : null;
  return <Block text={t("devices.text")}><div class="rows device-rows">{list.map((one) => <Row key={one.id} one={one} again={load} />)}</div></Block>;
}

// SPDX-License-Identifier: Apache-2.0
// What others learn of one's reading and writing, on all devices; and who is blocked.
import { useEffect, useState } from "preact/hooks";
import { t } from "../../../i18n/index.ts";
import { type Hold, HOLDS, heldFor, holdFor } from "../../composer/hold.ts";
import { core } from "../../core.ts";
import { Button, Select, Switch } from "../../kit/index.ts";
import { blocked } from "../../people/state.ts";
import { tried } from "../../people/tried.ts";
import { refusals } from "../../refused.ts";
import { me } from "../../state.ts";
import { Block, Line } from "./parts.tsx";

/** Not there on servers without one. */
function Quiet() {
  const [isOn, setOn] = useState<boolean | undefined>(undefined);
  const state = me.value?.state;
  useEffect(() => {
    core.quietBox().then(setOn, () => setOn(undefined));
  }, [state, refusals.value]);
  if (isOn === undefined) return null;
  const change = (on: boolean): void => {
    setOn(on);
    tried(core.setQuietBox(on));
  };
  return (
    <Block title={t("quiet.title")}>
      <div class="rows"><Line icon="inbox" name={t("quiet.switch")} text={t("quiet.switch-text")}><Switch name={t("quiet.switch")} checked={isOn} onChange={change} /></Line></div>
    </Block>
  );
}

/** For how long messages of this browser wait. */
function Undo() {
  const [seconds, setSeconds] = useState(heldFor);
  const change = (next: Hold): void => {
    holdFor(next);
    setSeconds(next);
  };
  return (
    <Line icon="history" name={t("send.undo")} text={t("send.undo-text")}>
      <Select name={t("send.undo")} value={seconds} onChange={change} options={HOLDS.map((value) => ({ value, label: value === "0" ? t("send.off") : t("send.seconds", { n: Number(value) }) }))} />
    </Line>
  );
}

/** The page. */
export function Privacy() {
  const habits = me.value?.habits;
  if (!habits) return null;
  const toggle = (name: keyof typeof habits) => (on: boolean): void => tried(core.setHabits({ ...habits, [name]: on }));
  return (
    <>
      <Block>
        <div class="rows">
          <Line icon="double-check" name={t("privacy.reads")} text={t("privacy.reads-text")}><Switch name={t("privacy.reads")} checked={habits.tellRead} onChange={toggle("tellRead")} /></Line>
          <Line icon="edit" name={t("privacy.typing")} text={t("privacy.typing-text")}><Switch name={t("privacy.typing")} checked={habits.tellTyping} onChange={toggle("tellTyping")} /></Line>
          <Undo />
        </div>
      </Block>
      <Quiet />
      <Block title={t("privacy.blocked")} text={blocked.value.length === 0 ? t("privacy.nobody") : undefined}>
        {blocked.value.length > 0 && (
          <div class="rows">{blocked.value.map((jid) => <Line key={jid} icon="block" name={<bdi>{jid}</bdi>}><Button size="s" onClick={() => tried(core.unblock(jid))}>{t("privacy.unblock")}</Button></Line>)}</div>
        )}
      </Block>
    </>
  );
}

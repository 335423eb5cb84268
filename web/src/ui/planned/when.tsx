// SPDX-License-Identifier: Apache-2.0
// Asks for a time that is to come: a menu with the usual ones, and a field for any other. Fetched when first needed.
import { useState } from "preact/hooks";
import { aheadText } from "../../i18n/ahead.ts";
import { t, timeText } from "../../i18n/index.ts";
import { Button } from "../kit/Button.tsx";
import { Dialog, openDialog } from "../kit/Dialog.tsx";
import { Field } from "../kit/Field.tsx";
import type { Anchor } from "../kit/float.ts";
import { openMenu } from "../kit/Menu.tsx";
import { type Choice, fieldTime, fieldValue, remindTimes, sendTimes } from "./times.ts";

const DAY = 86_400_000; // ms
const MOST = 365 * DAY; // docs/later.md
const SOON = DAY / 8 + 1; // what is offered behind it says its day itself

function AskTime({ title, action, close }: { title: string; action: string; close: (at?: number) => void }) {
  const now = Date.now();
  const [value, setValue] = useState(() => fieldValue(sendTimes(now).at(-1)?.at ?? now + DAY));
  const [isTried, setTried] = useState(false);
  const at = fieldTime(value);
  const fault = at === undefined ? t("when.none") : at <= now ? t("when.past") : at > now + MOST ? t("when.far") : undefined;
  const done = (event: Event): void => {
    event.preventDefault();
    if (fault) setTried(true);
    else close(at);
  };
  return (
    <Dialog title={title} class="small" onClose={() => close()}>
      <form onSubmit={done} noValidate>
        <div class="dialog-body">
          <Field type="datetime-local" label={t("when.field")} value={value} min={fieldValue(now)} max={fieldValue(now + MOST)} onInput={setValue} fault={isTried ? fault : undefined} autofocus />
        </div>
        <footer class="dialog-foot">
          <Button onClick={() => close()}>{t("kit.cancel")}</Button>
          <Button kind="primary" type="submit">{action}</Button>
        </footer>
      </form>
    </Dialog>
  );
}

export interface When {
  /** What it is for: the name of the menu and of the dialog. */
  title: string;
  /** The verb on the button of the dialog. */
  action: string;
  times: "send" | "remind";
  choose: (at: number) => void;
}

/** Opens the menu at an element or a point. */
export function openWhen(anchor: Anchor, { title, action, times, choose }: When): void {
  const now = Date.now();
  const offered: Choice[] = (times === "send" ? sendTimes : remindTimes)(now);
  openMenu(anchor, {
    label: title, align: "end",
    items: [
      { heading: title },
      ...offered.map(({ id, at }) => ({ label: t(`when.${id}`), end: at - now < SOON ? aheadText(at) : timeText(at), run: () => choose(at) })),
      "line",
      { label: t("when.other"), icon: "calendar", run: () => void openDialog<number>((close) => <AskTime title={title} action={action} close={close} />).then((at) => at !== undefined && choose(at)) },
    ],
  });
}

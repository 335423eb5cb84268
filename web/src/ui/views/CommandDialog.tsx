// SPDX-License-Identifier: Apache-2.0
// A command of the server or of a bot, step by step (XEP-0050).
import { useEffect, useState } from "preact/hooks";
import type { CommandStep } from "../../shared/forms.ts";
import { Refusal } from "../../shared/rpc.ts";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { Button } from "../kit/Button.tsx";
import { Dialog, openDialog } from "../kit/Dialog.tsx";
import { Notice } from "../kit/Notice.tsx";
import { DataForm, valuesOf } from "./DataForm.tsx";

interface Target {
  jid: string;
  node: string;
  name: string;
}

function CommandBody({ target, onClose }: { target: Target; onClose: () => void }) {
  const [step, setStep] = useState<CommandStep | undefined>(undefined);
  const [fault, setFault] = useState<string | undefined>(undefined);
  const run = (action: "execute" | "next" | "prev" | "complete", fields?: Record<string, string[]>): void => {
    setFault(undefined);
    core.command(target.jid, target.node, action, step?.session, fields).then(setStep, (why: unknown) => setFault(faultText(why instanceof Refusal ? why.fault : "refused")));
  };
  useEffect(() => run("execute"), []);
  const close = (): void => {
    if (step?.status === "executing") void core.command(target.jid, target.node, "cancel", step.session).catch(() => undefined);
    onClose();
  };
  const goesOn = step?.status === "executing" && step.form?.kind === "form";
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const wanted = (event.submitter as HTMLButtonElement | null)?.value as "next" | "prev" | "complete" | undefined;
    run(wanted ?? "execute", step?.form && valuesOf(event.currentTarget as HTMLFormElement, step.form));
  };
  return (
    <Dialog title={target.name} onClose={close}>
      <form class="form stack" onSubmit={submit}>
        {fault && <Notice tint="danger" icon="warning">{fault}</Notice>}
        {!step && !fault && <p class="muted">{t("command.asking")}</p>}
        {step?.notes.map((note) => <Notice key={note.text} tint={note.kind === "error" ? "danger" : note.kind === "warn" ? "attention" : "accent"} icon="info">{note.text}</Notice>)}
        {step?.form && <DataForm form={step.form} />}
        {step?.status === "completed" && step.notes.length === 0 && !step.form && <p>{t("command.done")}</p>}
        <div class="line end">
          {goesOn && step.actions.includes("prev") && <Button type="submit" value="prev" formNoValidate>{t("command.prev")}</Button>}
          {goesOn ? <Button kind="primary" type="submit" value={step.actions.includes("complete") || step.actions.length === 0 ? "complete" : "next"}>{t("command.go")}</Button> : <Button onClick={close}>{t("kit.close")}</Button>}
        </div>
      </form>
    </Dialog>
  );
}

/** Opens it. */
export function openCommand(target: Target): void {
  void openDialog((close) => <CommandBody target={target} onClose={() => close()} />);
}

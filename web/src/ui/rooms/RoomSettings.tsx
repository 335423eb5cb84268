// SPDX-License-Identifier: Apache-2.0
// The settings of a room, for its owners: our words for what we know of its form, the room's own for the rest, and its end.
import { useEffect, useState } from "preact/hooks";
import type { Form } from "../../shared/forms.ts";
import { Refusal } from "../../shared/rpc.ts";
import type { Jid } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { wholeAddress } from "../address.ts";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { Avatar } from "../kit/Avatar.tsx";
import { Button } from "../kit/Button.tsx";
import { Dialog, openDialog } from "../kit/Dialog.tsx";
import { Field, Radios, Select, Switch } from "../kit/Field.tsx";
import { Notice } from "../kit/Notice.tsx";
import { toast } from "../kit/Toast.tsx";
import { SIDE, square } from "../people/picture.ts";
import { tried } from "../people/tried.ts";
import { go } from "../router.ts";
import { row } from "../state.ts";
import { DataForm, valuesOf } from "../views/DataForm.tsx";
import { type Known, type Values, knownValues, merged, pauses, restOf } from "./settings.ts";
import "../styles/views-room.css";

const why = (reason: unknown): string => faultText(reason instanceof Refusal ? reason.fault : "refused");

interface Part {
  values: Values;
  set: (change: Values) => void;
}

function Picture({ room }: { room: Jid }) {
  const here = row(room);
  const pick = (event: Event): void => {
    const field = event.currentTarget as HTMLInputElement;
    const file = field.files?.[0];
    if (file) tried(square(file).then((picture) => core.setRoomPicture(room, picture)), t("room-settings.picture-set"));
    field.value = "";
  };
  return (
    <div class="line room-picture">
      <Avatar jid={room} name={here?.name ?? room} kind="room" size={64} picture={here?.avatar} />
      <div class="field grow">
        <label for="room-picture">{t("room-settings.picture")}</label>
        <input id="room-picture" type="file" accept="image/png,image/jpeg,image/webp,image/gif" onChange={pick} aria-describedby="room-picture-help" />
        <span class="help" id="room-picture-help">{t("room-settings.picture-help", { n: SIDE })}</span>
      </div>
      {here?.avatar && <Button kind="quiet" size="s" onClick={() => tried(core.setRoomPicture(room))}>{t("room-settings.picture-gone")}</Button>}
    </div>
  );
}

function Toggle({ values, set, of, name, help }: Part & { of: Known; name: string; help?: string }) {
  if (values[of] === undefined) return null;
  return (
    <div class="setting">
      <div class="grow"><span>{name}</span>{help && <span class="help">{help}</span>}</div>
      <Switch name={name} checked={values[of] === "1"} onChange={(on) => set({ [of]: on ? "1" : "0" })} />
    </div>
  );
}

function Access({ values, set }: Part) {
  return (
    <section class="stack">
      {values.membersOnly !== undefined && (
        <Radios
          name={t("room-settings.who-enters")} value={values.membersOnly} onChange={(membersOnly) => set({ membersOnly })}
          options={[{ value: "0", label: t("room-settings.everybody"), help: t("room-settings.everybody-help") }, { value: "1", label: t("room-settings.members"), help: t("room-settings.members-help") }]}
        />
      )}
      <Toggle values={values} set={set} of="isPublic" name={t("room-settings.listed")} help={t("room-settings.listed-help")} />
      <Toggle values={values} set={set} of="invites" name={t("room-settings.invites")} help={t("room-settings.invites-help")} />
      <Toggle values={values} set={set} of="hasPassword" name={t("room-settings.has-password")} help={t("room-settings.has-password-help")} />
      {values.hasPassword === "1" && (
        <Field label={t("room-settings.password")} value={values.password ?? ""} required autocomplete="off" spellcheck={false} onInput={(password) => set({ password })} />
      )}
      {values.registration !== undefined && (
        <Select
          shown name={t("room-settings.registration")} value={values.registration} onChange={(registration) => set({ registration })}
          options={(["auto", "approve", "closed"] as const).map((value) => ({ value, label: t(`room-settings.registration-${value}`) }))}
        />
      )}
      {values.whois !== undefined && (
        <Select
          shown name={t("room-settings.whois")} value={values.whois} onChange={(whois) => set({ whois })}
          options={(["moderators", "anyone"] as const).map((value) => ({ value, label: t(`room-settings.whois-${value}`) }))}
        />
      )}
    </section>
  );
}

function pauseText(seconds: number): string {
  if (seconds === 0) return t("room-settings.slow-none");
  return seconds % 60 === 0 ? t("room-settings.slow-minutes", { n: seconds / 60 }) : t("room-settings.slow-seconds", { n: seconds });
}

function Writing({ values, set }: Part) {
  const slow = Number(values.slow) || 0;
  return (
    <section class="stack">
      {values.moderated !== undefined && (
        <Radios
          name={t("room-settings.who-writes")} value={values.moderated} onChange={(moderated) => set({ moderated })}
          options={[{ value: "0", label: t("room-settings.all-write"), help: t("room-settings.all-write-help") }, { value: "1", label: t("room-settings.announcements"), help: t("room-settings.announcements-help") }]}
        />
      )}
      {values.slow !== undefined && (
        <Select shown name={t("room-settings.slow")} value={String(slow)} onChange={(next) => set({ slow: next })} options={pauses(slow).map((one) => ({ value: String(one), label: pauseText(one) }))} />
      )}
      <Toggle values={values} set={set} of="subject" name={t("room-settings.subject")} />
      {values.pins !== undefined && (
        <Select
          shown name={t("room-settings.pins")} value={values.pins} onChange={(pins) => set({ pins })}
          options={(["moderators", "members", "participants"] as const).map((value) => ({ value, label: t(`room-settings.pins-${value}`) }))}
        />
      )}
    </section>
  );
}

function End({ room, onDone }: { room: Jid; onDone: () => void }) {
  const [isAsked, setAsked] = useState(false);
  const [reason, setReason] = useState("");
  const [successor, setSuccessor] = useState("");
  const destroy = (): void => {
    const next = wholeAddress(successor, room.split("@")[1] ?? "");
    core.destroyRoom(room, reason.trim() || undefined, next).then(() => {
      onDone();
      go("/");
    }, (refusal: unknown) => toast(why(refusal), { icon: "warning" }));
  };
  if (!isAsked) return <div><Button kind="danger" icon="trash" onClick={() => setAsked(true)}>{t("room-settings.destroy")}</Button></div>;
  return (
    <section class="stack end-of-room" aria-label={t("room-settings.destroy")}>
      <Notice tint="attention" icon="warning">{t("room-settings.destroy-text")}</Notice>
      <Field label={t("room-settings.reason")} value={reason} maxLength={300} autofocus onInput={setReason} />
      <Field label={t("room-settings.successor")} help={t("room-settings.successor-help")} value={successor} autocapitalize="off" spellcheck={false} onInput={setSuccessor} />
      <div class="line">
        <Button onClick={() => setAsked(false)}>{t("kit.cancel")}</Button>
        <Button kind="danger-fill" onClick={destroy}>{t("room-settings.destroy-now")}</Button>
      </div>
    </section>
  );
}

interface Loaded {
  form: Form;
  rest: Form;
}

function Body({ room, onClose }: { room: Jid; onClose: () => void }) {
  const here = row(room);
  const [loaded, setLoaded] = useState<Loaded | undefined>(undefined);
  const [values, setValues] = useState<Values>({});
  const [topic, setTopic] = useState(here?.subject ?? "");
  const [fault, setFault] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    core.roomForm(room).then((form) => {
      setLoaded({ form, rest: restOf(form) });
      setValues(knownValues(form));
    }, (refusal: unknown) => setFault(why(refusal)));
  }, [room]);
  const set = (change: Values): void => setValues((before) => ({ ...before, ...change }));
  const save = (event: Event): void => {
    event.preventDefault();
    if (!loaded || busy) return;
    setBusy(true);
    core.saveRoom(room, merged(values, valuesOf(event.currentTarget as HTMLFormElement, loaded.rest))).then(() => {
      if (topic.trim() !== (here?.subject ?? "")) void core.setSubject(room, topic.trim());
      toast(t("room-settings.saved"));
      onClose();
    }, (refusal: unknown) => {
      setFault(why(refusal));
      setBusy(false);
    });
  };
  return (
    <Dialog title={t("room-settings.title", { name: here?.name ?? room })} class="room-settings" onClose={onClose}>
      <form class="contents" onSubmit={save}>
        <div class="form scroll">
          {fault && <Notice tint="danger" icon="warning">{fault}</Notice>}
          {loaded && (
            <>
              <Picture room={room} />
              <Field label={t("new-room.name")} value={values.name ?? ""} required maxLength={100} onInput={(name) => set({ name })} />
              <Field label={t("room-settings.topic")} help={t("room-settings.topic-help")} value={topic} maxLength={500} onInput={setTopic} />
              <div class="field">
                <label for="room-description">{t("room-settings.description")}</label>
                <textarea id="room-description" class="input" rows={3} value={values.description ?? ""} onInput={(event) => set({ description: event.currentTarget.value })} />
              </div>
              <Access values={values} set={set} />
              <Writing values={values} set={set} />
              <details class="more-settings"><summary>{t("room-settings.more")}</summary><div class="stack"><DataForm form={loaded.rest} /></div></details>
              <End room={room} onDone={onClose} />
            </>
          )}
        </div>
        <footer class="dialog-foot room-settings-foot">
          <span class="grow caption muted">{t("room-settings.shown")}</span>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button kind="primary" type="submit" busy={busy} disabled={!loaded || !values.name?.trim()}>{t("me.save")}</Button>
        </footer>
      </form>
    </Dialog>
  );
}

/** Opens them. */
export const open = (room: Jid): void => void openDialog((close) => <Body room={room} onClose={() => close()} />);

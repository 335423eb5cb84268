// SPDX-License-Identifier: Apache-2.0
// A room in ten seconds: a name is enough.
import { useState } from "preact/hooks";
import { Refusal } from "../../shared/rpc.ts";
import { t } from "../../i18n/index.ts";
import { wholeAddress } from "../address.ts";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { Button } from "../kit/Button.tsx";
import { Dialog } from "../kit/Dialog.tsx";
import { Notice } from "../kit/Notice.tsx";
import { go, pathOf } from "../router.ts";
import { me } from "../state.ts";

/** The dialog; onClose when the room is there or it was given up. */
export function NewRoom({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [isPublic, setPublic] = useState(false);
  const [people, setPeople] = useState("");
  const [fault, setFault] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const make = (event: Event): void => {
    event.preventDefault();
    if (!name.trim() || busy) return;
    setBusy(true);
    const domain = me.value?.jid.split("@")[1] ?? "";
    const members = people.split(/[\s,;]+/).map((one) => wholeAddress(one, domain)).filter((one) => one !== undefined);
    core.createRoom({ name: name.trim(), isPublic, members }).then((room) => {
      onClose();
      go(pathOf(room));
    }, (why: unknown) => {
      setFault(faultText(why instanceof Refusal ? why.fault : "refused"));
      setBusy(false);
    });
  };
  return (
    <Dialog title={t("new-room.title")} onClose={onClose}>
      <form class="form stack" onSubmit={make}>
        {fault && <Notice tint="danger" icon="warning">{fault}</Notice>}
        <div class="field">
          <label for="room-name">{t("new-room.name")}</label>
          <input id="room-name" class="input" required maxLength={100} autoFocus value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </div>
        <div class="field">
          <label for="room-people">{t("new-room.people")}</label>
          <input id="room-people" class="input" autoCapitalize="none" spellcheck={false} value={people} onInput={(event) => setPeople(event.currentTarget.value)} aria-describedby="room-people-help" />
          <span class="help" id="room-people-help">{t("new-room.people-help")}</span>
        </div>
        <div class="field">
          <label class="line">
            <input type="checkbox" class="switch" checked={isPublic} onChange={(event) => setPublic(event.currentTarget.checked)} aria-describedby="room-public-help" />
            {t("new-room.public")}
          </label>
          <span class="help" id="room-public-help">{isPublic ? t("new-room.public-help") : t("new-room.private-help")}</span>
        </div>
        <Button kind="primary" type="submit" busy={busy} disabled={!name.trim()}>{t("new-room.make")}</Button>
      </form>
    </Dialog>
  );
}

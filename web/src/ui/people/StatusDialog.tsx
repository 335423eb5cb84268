// SPDX-License-Identifier: Apache-2.0
// Oneself: name, picture, availability, a word with an emoji, and until when.
import { useState } from "preact/hooks";
import type { MyStatus } from "../../shared/people.ts";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { Avatar } from "../kit/Avatar.tsx";
import { Button } from "../kit/Button.tsx";
import { Dialog, openDialog } from "../kit/Dialog.tsx";
import { me } from "../state.ts";
import { SIDE, square } from "./picture.ts";
import { tried } from "./tried.ts";

const STATES = ["available", "away", "busy", "invisible"] as const;
const HOUR = 3_600_000;
const ENDS: Record<string, () => number | undefined> = {
  never: () => undefined, hour: () => Date.now() + HOUR, four: () => Date.now() + 4 * HOUR, today: () => new Date().setHours(23, 59, 59, 0), week: () => Date.now() + 7 * 24 * HOUR,
};

function StatusBody({ onClose }: { onClose: () => void }) {
  const mine = me.value;
  const [name, setName] = useState(mine?.name ?? "");
  const [status, setStatus] = useState<MyStatus>({ availability: mine?.availability === "offline" ? "available" : (mine?.availability ?? "available"), text: mine?.status ?? "" });
  const [end, setEnd] = useState("never");
  if (!mine) return null;
  const save = (event: Event): void => {
    event.preventDefault();
    const until = ENDS[end]?.();
    tried(core.setStatus({ ...status, ...(until ? { until } : {}) }));
    if (name.trim() && name.trim() !== mine.name) tried(core.setName(name.trim()));
    onClose();
  };
  const pick = (event: Event): void => {
    const file = (event.currentTarget as HTMLInputElement).files?.[0];
    if (file) tried(square(file).then(({ base64, type }) => core.setAvatar(base64, type, SIDE, SIDE)), t("me.picture-set"));
  };
  return (
    <Dialog title={t("me.title")} onClose={onClose}>
      <form class="form stack" onSubmit={save}>
        <div class="line">
          <Avatar jid={mine.jid} name={mine.name} size={64} picture={mine.avatar} />
          <div class="field grow"><label for="me-picture">{t("me.picture")}</label><input id="me-picture" type="file" accept="image/png,image/jpeg,image/webp,image/gif" onChange={pick} /></div>
        </div>
        <div class="field"><label for="me-name">{t("me.name")}</label><input id="me-name" class="input" maxLength={100} autocomplete="nickname" value={name} onInput={(event) => setName(event.currentTarget.value)} /></div>
        <fieldset class="states">
          <legend class="label">{t("me.state")}</legend>
          {STATES.map((one) => (
            <label key={one} class="line">
              <input type="radio" class="radio" name="state" checked={status.availability === one} onChange={() => setStatus({ ...status, availability: one })} />{t(`availability.${one}`)}
            </label>
          ))}
          {status.availability === "invisible" && <p class="second small">{t("availability.invisible-help")}</p>}
        </fieldset>
        <div class="field"><label for="me-text">{t("me.text")}</label><input id="me-text" class="input" maxLength={200} value={status.text ?? ""} onInput={(event) => setStatus({ ...status, text: event.currentTarget.value })} /></div>
        <div class="field">
          <label for="me-end">{t("me.end")}</label>
          <select id="me-end" class="select" value={end} onChange={(event) => setEnd(event.currentTarget.value)}>{(["never", "hour", "four", "today", "week"] as const).map((one) => <option key={one} value={one}>{t(`me.end-${one}`)}</option>)}</select>
        </div>
        <Button kind="primary" type="submit">{t("me.save")}</Button>
      </form>
    </Dialog>
  );
}

/** Opens it. */
export const openStatus = (): void => void openDialog((close) => <StatusBody onClose={() => close()} />);

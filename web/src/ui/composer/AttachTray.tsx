// SPDX-License-Identifier: Apache-2.0
// The tray over the field: what is about to be sent, with a word to each, and a way out of what cannot be sent.
import { PICTURE } from "../../shared/files.ts";
import { bytesText, durationText, t } from "../../i18n/index.ts";
import { type Picked, change, drop, trayOf } from "../files/tray.ts";
import { iconOf, kindText } from "../files/kind.ts";
import { Button } from "../kit/Button.tsx";
import { Icon } from "../kit/Icon.tsx";
import { IconButton } from "../kit/IconButton.tsx";
import { cleanFileName } from "../text/index.ts";
import "../styles/views-files.css";

function PictureWishes({ slot, one }: { slot: string; one: Picked }) {
  const { id, smaller, original, info } = one;
  const isLarge = Math.max(info.width ?? 0, info.height ?? 0) > 2048 || one.fault === "too-big";
  return (
    <div class="tray-wishes">
      {isLarge && <Button size="s" kind="quiet" aria-pressed={smaller} onClick={() => change(slot, id, { smaller: !smaller, original: false })}>{t("file.smaller")}</Button>}
      <Button size="s" kind="quiet" aria-pressed={original} title={t("file.original-help")} onClick={() => change(slot, id, { original: !original, smaller: false })}>{t("file.original")}</Button>
    </div>
  );
}

function Item({ slot, one }: { slot: string; one: Picked }) {
  const { id, file, type, info, thumb, caption, fault, smaller } = one;
  const name = cleanFileName(file.name, t("file.nameless"));
  const stands = fault !== undefined && !(fault === "too-big" && smaller);
  const about = [kindText(type, file.name), bytesText(file.size), info.duration ? durationText(info.duration) : ""].filter(Boolean).join(" · ");
  return (
    <li class={stands ? "tray-item is-refused" : "tray-item"}>
      <span class="tray-thumb">{thumb ? <img src={thumb} alt="" width={56} height={56} /> : <Icon name={iconOf(type)} />}</span>
      <div class="tray-words">
        <div class="tray-name"><bdi class="ellipsis">{name}</bdi><span class="muted">{about}</span></div>
        {stands
          ? <p class="tray-fault" role="alert"><Icon name="alert" size="xs" />{t(fault === "empty" ? "file.empty" : "file.too-big")}</p>
          : <input class="tray-caption" dir="auto" value={caption} maxLength={2000} aria-label={t("file.caption", { name })} placeholder={t("file.caption-hint")}
              onInput={(event) => change(slot, id, { caption: event.currentTarget.value })} />}
        {PICTURE.test(type) && thumb && <PictureWishes slot={slot} one={one} />}
      </div>
      <IconButton icon="close" size="s" name={t("file.remove", { name })} onClick={(event) => {
        const field = event.currentTarget.closest("form")?.querySelector<HTMLElement>("[role=textbox]");
        drop(slot, id);
        field?.focus();
      }} />
    </li>
  );
}

/** What waits to be sent. */
export function AttachTray({ slot }: { slot: string }) {
  const all = trayOf(slot);
  if (all.length === 0) return null;
  return (
    <ul class="tray" aria-label={t("file.tray")}>
      {all.map((one) => <Item key={one.id} slot={slot} one={one} />)}
    </ul>
  );
}

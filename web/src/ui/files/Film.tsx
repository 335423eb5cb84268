// SPDX-License-Identifier: Apache-2.0
// A film in a message: its box is there before it loads, nothing is fetched until it is played.
import { useRef } from "preact/hooks";
import type { FileInfo } from "../../shared/types.ts";
import { bytesText, durationText, t } from "../../i18n/index.ts";
import { Icon } from "../kit/Icon.tsx";
import { IconButton } from "../kit/IconButton.tsx";
import { sourceOf } from "../message/Files.tsx";
import { cleanFileName } from "../text/index.ts";
import { toggle, usePlaying } from "./media.ts";
import "../styles/views-files.css";

/** The player of a film. */
export function Film({ file }: { file: FileInfo }) {
  const ref = useRef<HTMLVideoElement>(null);
  const { on, time, length, failed } = usePlaying(ref, (file.duration ?? 0) / 1000);
  const source = sourceOf(file.url) ?? "";
  const name = cleanFileName(file.name, t("file.nameless"));
  const began = on || time > 0;
  return (
    <div class="film" role="group" aria-label={t("file.film", { name, length: durationText(length * 1000) })} data-on={on || undefined}>
      <video ref={ref} src={source} preload="none" playsInline poster={file.preview} onClick={() => toggle(ref.current)} />
      {!began && !failed && (
        <button type="button" class="film-play" aria-label={t("file.play")} onClick={() => toggle(ref.current)}><Icon name="play" /></button>
      )}
      {failed && <p class="film-fault" role="alert">{t("file.unplayable")}</p>}
      <div class="film-bar">
        {began && <IconButton icon={on ? "pause" : "play"} size="s" name={t(on ? "file.pause-sound" : "file.play")} onClick={() => toggle(ref.current)} />}
        <span class="film-time" dir="auto">{began ? `${durationText(time * 1000)} / ${durationText(length * 1000)}` : [length > 0 && durationText(length * 1000), file.size !== undefined && bytesText(file.size)].filter(Boolean).join(" · ")}</span>
        {began && (
          <input type="range" class="film-seek" aria-label={t("file.place")} aria-valuetext={durationText(time * 1000)} min={0} max={Math.max(1, length)} step="0.1" value={time}
            onInput={(event) => { if (ref.current) ref.current.currentTime = Number(event.currentTarget.value); }} />
        )}
        <span class="grow" />
        {began && <IconButton icon="expand" size="s" name={t("file.full")} onClick={() => void ref.current?.requestFullscreen?.()} />}
        <a class="icon-btn" href={source} download={name} target="_blank" rel="noopener noreferrer" aria-label={t("file.download", { name })} title={t("file.download", { name })}><Icon name="download" size="s" /></a>
      </div>
    </div>
  );
}

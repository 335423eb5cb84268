// SPDX-License-Identifier: Apache-2.0
// Sound in a message: play, wave, time, speed. The wave comes when it is in view.
import { useEffect, useRef, useState } from "preact/hooks";
import type { FileInfo } from "../../shared/types.ts";
import { durationText, numberText, t } from "../../i18n/index.ts";
import { Icon } from "../kit/Icon.tsx";
import { sourceOf } from "../message/Files.tsx";
import { cleanFileName } from "../text/index.ts";
import { toggle, usePlaying } from "./media.ts";
import { BARS, pathOf, waveOf } from "./wave.ts";
import "../styles/views-cards.css";
import "../styles/views-files.css";

const SPEEDS = [1, 1.5, 2];
const FLAT = Array.from({ length: BARS }, () => 0.15);
const STEP = 5; // s

/** The player of a sound; `known`: its wave. What is still on this device only is not read for one. */
export function Sound({ file, known }: { file: FileInfo; known?: readonly number[] | undefined }) {
  const ref = useRef<HTMLAudioElement>(null);
  const [shape, setShape] = useState<readonly number[]>(known ?? FLAT);
  const [speed, setSpeed] = useState(1);
  const { on, time, length, failed } = usePlaying(ref, (file.duration ?? 0) / 1000);
  const source = sourceOf(file.url) ?? "";
  const name = cleanFileName(file.name, t("file.nameless"));
  useEffect(() => {
    const element = ref.current?.parentElement;
    if (!element || known || source.startsWith("blob:")) return undefined;
    const seen = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      seen.disconnect();
      void waveOf(source).then((found) => found && setShape(found));
    });
    seen.observe(element);
    return () => seen.disconnect();
  }, [source]);
  const seek = (to: number): void => {
    if (ref.current) ref.current.currentTime = Math.max(0, Math.min(length, to));
  };
  const faster = (): void => {
    const next = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length] ?? 1;
    setSpeed(next);
    if (ref.current) ref.current.playbackRate = next;
  };
  const part = length > 0 ? Math.min(1, time / length) : 0;
  return (
    <div class="voice" role="group" aria-label={t("file.sound", { name, length: durationText(length * 1000) })}>
      <audio ref={ref} src={source} preload="none" />
      <button type="button" class="voice-play" aria-label={t(on ? "file.pause-sound" : "file.play")} onClick={() => toggle(ref.current)}><Icon name={on ? "pause" : "play"} /></button>
      <div class="wave-box" role="slider" tabIndex={0} aria-label={t("file.place")} aria-valuemin={0} aria-valuemax={Math.round(length)} aria-valuenow={Math.round(time)} aria-valuetext={durationText(time * 1000)}
        onPointerDown={(event) => {
          const { left, width } = event.currentTarget.getBoundingClientRect();
          seek(((event.clientX - left) / width) * length);
        }}
        onKeyDown={(event) => {
          if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
          event.preventDefault();
          event.stopPropagation();
          seek(time + (event.key === "ArrowLeft" ? -STEP : STEP));
        }}
      >
        <svg class="wave" viewBox="0 0 176 28" preserveAspectRatio="none" aria-hidden="true"><path d={pathOf(shape)} fill="none" /><path class="done" d={pathOf(shape, part)} fill="none" /></svg>
      </div>
      {failed ? <span class="voice-fault" role="alert">{t("file.unplayable")}</span> : <time>{durationText((on || time > 0 ? time : length) * 1000)}</time>}
      <button type="button" class="speed" aria-label={t("file.speed", { n: numberText(speed) })} onClick={faster}>{numberText(speed)}×</button>
      <a class="icon-btn" href={source} download={name} target="_blank" rel="noopener noreferrer" aria-label={t("file.download", { name })} title={t("file.download", { name })}><Icon name="download" size="s" /></a>
    </div>
  );
}

// SPDX-License-Identifier: Apache-2.0
// A voice message: recorded with its loudness to be seen, heard once more, sent.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Draft } from "../../shared/api.ts";
import { plainType } from "../../shared/files.ts";
import type { Refusal } from "../../shared/rpc.ts";
import type { FileInfo, Jid } from "../../shared/types.ts";
import { durationText, t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { Button } from "../kit/Button.tsx";
import { Icon } from "../kit/Icon.tsx";
import { IconButton } from "../kit/IconButton.tsx";
import { toast } from "../kit/Toast.tsx";
import { Sound } from "./Sound.tsx";
import { BARS, pathOf, shapeOf } from "./wave.ts";
import "../styles/views-files.css";

const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const LOOK = 100; // ms between two looks at the loudness
const LENGTH_MAX = 15 * 60_000; // ms
const BITS = 32_000; // a second

interface Take {
  blob: Blob;
  info: FileInfo;
}

interface Recording {
  stop(): Promise<Blob>;
  /** Gives the microphone back. */
  close(): void;
  loudness(): number;
  began: number;
}

/** Begins; refused when there is no microphone, or it is not allowed. */
async function record(): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
  const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
  const recorder = new MediaRecorder(stream, { audioBitsPerSecond: BITS, ...(type ? { mimeType: type } : {}) });
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const audio = new AudioContext();
  const meter = audio.createAnalyser();
  audio.createMediaStreamSource(stream).connect(meter);
  const samples = new Float32Array(meter.fftSize);
  const close = (): void => {
    for (const track of stream.getTracks()) track.stop();
    if (audio.state !== "closed") void audio.close();
  };
  recorder.start(1000);
  return {
    began: performance.now(),
    close,
    loudness: () => {
      meter.getFloatTimeDomainData(samples);
      return Math.min(1, 3 * Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length));
    },
    stop: () => new Promise((resolve) => {
      recorder.onstop = () => {
        close();
        resolve(new Blob(parts, { type: recorder.mimeType }));
      };
      recorder.stop();
    }),
  };
}

const two = (n: number): string => String(n).padStart(2, "0");

function nameOf(type: string): string {
  const now = new Date();
  const ending = type.includes("mp4") ? "m4a" : type.includes("ogg") ? "ogg" : "webm";
  return `voice-${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}-${two(now.getHours())}${two(now.getMinutes())}.${ending}`;
}

function useRecording() {
  const [take, setTake] = useState<Take | undefined>(undefined);
  const [levels, setLevels] = useState<readonly number[]>([]);
  const [length, setLength] = useState(0);
  const [failed, setFailed] = useState(false);
  const all = useRef<number[]>([]);
  const now = useRef<Recording | undefined>(undefined);
  const stop = async (): Promise<void> => {
    const one = now.current;
    now.current = undefined;
    if (!one) return;
    const duration = Math.round(performance.now() - one.began);
    const blob = await one.stop();
    const type = plainType(blob.type) || "audio/webm";
    setTake({ blob, info: { url: URL.createObjectURL(blob), name: nameOf(type), type, size: blob.size, duration } });
  };
  useEffect(() => {
    let isHere = true;
    record().then((one) => {
      if (isHere) now.current = one;
      else one.close();
    }, () => isHere && setFailed(true));
    const timer = setInterval(() => {
      const one = now.current;
      if (!one) return;
      const { began } = one;
      setLength(performance.now() - began);
      all.current.push(one.loudness());
      setLevels(all.current.slice(-BARS));
      if (performance.now() - began > LENGTH_MAX) void stop();
    }, LOOK);
    return () => {
      isHere = false;
      clearInterval(timer);
      now.current?.close();
    };
  }, []);
  return { take, levels, all, length, failed, stop };
}

/** Over the field: records at once. `onDone` tells whether it was sent. */
export function Recorder({ jid, draft, onDone }: { jid: Jid; draft: Draft; onDone: (sent: boolean) => void }) {
  const { take, levels, all, length, failed, stop } = useRecording();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.querySelector<HTMLElement>(".btn-primary, .send")?.focus(), [take !== undefined]);
  useEffect(() => () => { if (take) URL.revokeObjectURL(take.info.url); }, [take]);
  const send = async (): Promise<void> => {
    if (!take) return;
    const { url: _url, size: _size, ...info } = take.info;
    try {
      await core.share(jid, draft, [{ blob: take.blob, info, smaller: false, original: true }]);
      onDone(true);
    } catch (why) {
      toast(faultText((why as Refusal).fault ?? "refused"), { icon: "warning" });
    }
  };
  return (
    <div ref={place} class="recorder" role="group" aria-label={t("voice.name")} onKeyDown={(event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      onDone(false);
    }}>
      {failed ? <p class="tray-fault grow" role="alert"><Icon name="alert" size="xs" />{t("voice.failed")}</p>
        : take ? <div class="grow"><Sound file={take.info} known={shapeOf(Float32Array.from(all.current), Math.min(BARS, all.current.length))} /></div>
        : (
          <>
            <span class="recorder-dot" aria-hidden="true" />
            <span class="recorder-time">{durationText(length)}</span>
            <span class="sr-only" role="status">{t("voice.name")}</span>
            <svg class="wave" viewBox="0 0 176 28" preserveAspectRatio="none" aria-hidden="true"><path class="done" d={pathOf(levels)} fill="none" /></svg>
          </>
        )}
      <IconButton icon="trash" size="s" name={t("voice.cancel")} keys="Escape" onClick={() => onDone(false)} />
      {take && <IconButton icon="send" class="send ready" name={t("voice.send")} onClick={() => void send()} />}
      {!take && !failed && <Button kind="primary" icon="check" onClick={() => void stop()}>{t("voice.stop")}</Button>}
    </div>
  );
}

// SPDX-License-Identifier: Apache-2.0
// Sound and film that play: one at a time, and what their controls show.
import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

let playing: HTMLMediaElement | undefined;

export interface Playing {
  on: boolean;
  /** Seconds. */
  time: number;
  length: number;
  failed: boolean;
}

/** The state of a player; `length` in seconds as far as it was said. */
export function usePlaying(ref: RefObject<HTMLMediaElement | null>, length: number): Playing {
  const [state, setState] = useState<Playing>({ on: false, time: 0, length, failed: false });
  useEffect(() => {
    const media = ref.current;
    if (!media) return undefined;
    const read = (): void => setState((now) => ({
      ...now, on: !media.paused && !media.ended, time: media.currentTime, length: Number.isFinite(media.duration) && media.duration > 0 ? media.duration : now.length,
    }));
    const play = (): void => {
      if (playing !== media) playing?.pause();
      playing = media;
      read();
    };
    const fail = (): void => setState((now) => ({ ...now, on: false, failed: true }));
    const names = ["pause", "ended", "timeupdate", "durationchange", "seeked"];
    for (const name of names) media.addEventListener(name, read);
    media.addEventListener("play", play);
    media.addEventListener("error", fail);
    return () => {
      for (const name of names) media.removeEventListener(name, read);
      media.removeEventListener("play", play);
      media.removeEventListener("error", fail);
      if (playing === media) playing = undefined;
    };
  }, []);
  return state;
}

/** Plays, or holds on. */
export function toggle(media: HTMLMediaElement | null): void {
  if (!media) return;
  if (media.paused) media.play().catch(() => undefined); // what cannot be played says so by its error event
  else media.pause();
}

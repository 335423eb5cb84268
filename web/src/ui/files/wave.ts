// SPDX-License-Identifier: Apache-2.0
// The shape of a sound: how loud it is in each of a row of equal pieces, 0 to 1.

/** Bars of a wave. */
export const BARS = 44;
const LARGE = 3_000_000; // bytes; what is larger has no wave

/** The loudest of each piece, the loudest of all being 1. */
export function shapeOf(samples: Float32Array, bars = BARS): number[] {
  const size = Math.max(1, Math.floor(samples.length / bars));
  const peaks = Array.from({ length: bars }, (_, i) => {
    let sum = 0;
    const end = Math.min(samples.length, (i + 1) * size);
    for (let at = i * size; at < end; at++) sum += (samples[at] ?? 0) ** 2;
    return Math.sqrt(sum / size);
  });
  const top = Math.max(...peaks, 1e-4);
  return peaks.map((one) => one / top);
}

const known = new Map<string, Promise<number[] | undefined>>();

async function read(source: string): Promise<number[] | undefined> {
  const answer = await fetch(source);
  if (!answer.ok || Number(answer.headers.get("Content-Length") ?? 0) > LARGE) return undefined;
  const decoder = new OfflineAudioContext(1, 1, 8000);
  const sound = await decoder.decodeAudioData(await answer.arrayBuffer());
  return shapeOf(sound.getChannelData(0));
}

/** The wave of a file of ours; undefined when there is none. */
export function waveOf(source: string): Promise<number[] | undefined> {
  let found = known.get(source);
  if (!found) {
    found = read(source).catch(() => undefined);
    known.set(source, found);
  }
  return found;
}

/** As a path in a box of 176 by 28, up to a part of it. */
export function pathOf(shape: readonly number[], part = 1): string {
  const most = Math.round(shape.length * part);
  return shape.slice(0, most).map((one, i) => {
    const half = 1.5 + one * 11;
    return `M${2 + 4 * i} ${(14 - half).toFixed(1)}V${(14 + half).toFixed(1)}`;
  }).join("") || "M0 0";
}

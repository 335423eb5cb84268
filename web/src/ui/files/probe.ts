// SPDX-License-Identifier: Apache-2.0
// Looks at sound and film before they are sent: how long, how large, and a tiny preview of the first picture.
import type { FileInfo } from "../../shared/types.ts";

const PATIENCE = 10_000; // ms for what the browser cannot read
const PREVIEW = 32; // px
const FAR = 1e7; // s: beyond the end of everything

const event = (target: EventTarget, name: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(name)), PATIENCE);
    target.addEventListener("error", () => reject(new Error("media")), { once: true });
    target.addEventListener(name, () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });

function previewOf(film: HTMLVideoElement): string | undefined {
  const scale = PREVIEW / Math.max(film.videoWidth, film.videoHeight);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(film.videoWidth * scale));
  canvas.height = Math.max(1, Math.round(film.videoHeight * scale));
  canvas.getContext("2d")?.drawImage(film, 0, 0, canvas.width, canvas.height);
  const uri = canvas.toDataURL("image/webp", 0.5);
  return uri.startsWith("data:image/") ? uri : undefined;
}

/** Recordings of browsers do not know how long they are until one has been at their end. */
async function lengthOf(media: HTMLMediaElement): Promise<number | undefined> {
  if (media.duration === Number.POSITIVE_INFINITY) {
    const known = event(media, "durationchange");
    media.currentTime = FAR;
    await known;
  }
  return Number.isFinite(media.duration) ? Math.round(media.duration * 1000) : undefined;
}

/** What the browser can tell of sound or film; refused for what it cannot play. */
export async function probe(file: Blob, type: string): Promise<Partial<FileInfo>> {
  const media = document.createElement(type.startsWith("video/") ? "video" : "audio");
  const url = URL.createObjectURL(file);
  try {
    const ready = event(media, media instanceof HTMLVideoElement ? "loadeddata" : "loadedmetadata");
    media.preload = "auto";
    media.muted = true;
    media.src = url;
    await ready;
    const info: Partial<FileInfo> = {};
    if (media instanceof HTMLVideoElement && media.videoWidth > 0) {
      Object.assign(info, { width: media.videoWidth, height: media.videoHeight });
      const preview = previewOf(media);
      if (preview) info.preview = preview;
    }
    const duration = await lengthOf(media);
    if (duration) info.duration = duration;
    return info;
  } finally {
    media.removeAttribute("src");
    URL.revokeObjectURL(url);
  }
}

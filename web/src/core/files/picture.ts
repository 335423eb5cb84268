// SPDX-License-Identifier: Apache-2.0
// Pictures, looked at in the worker: size, a preview of a few hundred bytes, a thumbnail, a smaller copy.
import type { Look } from "../../shared/files.ts";
import { Refusal } from "../../shared/rpc.ts";

const PREVIEW = 32; // px
const THUMB = 192; // px
const SMALLER = 2048; // px
const PIXELS_MAX = 200_000_000; // of a picture that is decoded

async function drawn(picture: ImageBitmap, most: number, type: string, quality: number): Promise<Blob> {
  const scale = Math.min(1, most / Math.max(picture.width, picture.height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(picture.width * scale)), Math.max(1, Math.round(picture.height * scale)));
  const context = canvas.getContext("2d");
  if (!context) throw new Refusal("refused", "no canvas");
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type, quality });
}

async function open(file: Blob): Promise<ImageBitmap> {
  const picture = await createImageBitmap(file).catch((why: unknown) => {
    throw new Refusal("refused", String(why));
  });
  if (picture.width * picture.height <= PIXELS_MAX) return picture;
  picture.close();
  throw new Refusal("too-big");
}

async function dataUri(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return `data:${blob.type};base64,${btoa(String.fromCharCode(...bytes))}`;
}

/** Looks at a picture. */
export async function look(file: Blob): Promise<Look> {
  const picture = await open(file);
  try {
    const [preview, thumb] = [await drawn(picture, PREVIEW, "image/webp", 0.5), await drawn(picture, THUMB, "image/webp", 0.8)];
    return { width: picture.width, height: picture.height, preview: await dataUri(preview), thumb };
  } finally {
    picture.close();
  }
}

/** A copy that is no wider and no higher than 2048 px; it says nothing of where it was taken. */
export async function smaller(file: Blob): Promise<{ blob: Blob; width: number; height: number }> {
  const picture = await open(file);
  try {
    const scale = Math.min(1, SMALLER / Math.max(picture.width, picture.height));
    const blob = await drawn(picture, SMALLER, file.type === "image/jpeg" ? "image/jpeg" : "image/webp", 0.85);
    return { blob, width: Math.max(1, Math.round(picture.width * scale)), height: Math.max(1, Math.round(picture.height * scale)) };
  } finally {
    picture.close();
  }
}

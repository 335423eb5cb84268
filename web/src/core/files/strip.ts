// SPDX-License-Identifier: Apache-2.0
// Takes out of a photo what it tells beside the picture: where and when it was taken, with which device. The picture itself keeps
// every bit; of Exif stays which side is up. Pure, total: what is not understood stays as it is (undefined).

const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0]; // "Exif", 0, 0
const RESTART_MAX = 0xd7;

const startsWith = (bytes: Uint8Array, at: number, what: readonly number[]): boolean => what.every((one, i) => bytes[at + i] === one);

/** Tag 0x0112 of the first directory (TIFF 6.0); 1 if there is none. */
function orientationOf(tiff: Uint8Array): number {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (tiff.length < 14) return 1;
  const isLittle = tiff[0] === 0x49;
  const first = view.getUint32(4, isLittle);
  if (first + 2 > tiff.length) return 1;
  const count = view.getUint16(first, isLittle);
  for (let i = 0; i < count; i++) {
    const at = first + 2 + 12 * i;
    if (at + 12 > tiff.length) return 1;
    if (view.getUint16(at, isLittle) === 0x0112) return view.getUint16(at + 8, isLittle);
  }
  return 1;
}

/** An APP1 segment that says only which side is up. */
const upside = (orientation: number): Uint8Array =>
  new Uint8Array([0xff, 0xe1, 0, 34, ...EXIF, 0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]);

/** JFIF, the colour profile and Adobe's note of how colours are coded belong to the picture; other notes do not. */
const belongs = (marker: number, bytes: Uint8Array, at: number): boolean =>
  marker <= 0xe0 || marker === 0xee || (marker === 0xe2 && startsWith(bytes, at + 4, [0x49, 0x43, 0x43]));

/** Where the coded picture that begins at `at` ends: at the next marker that is no restart. */
function endOfScan(bytes: Uint8Array, at: number): number {
  let i = at;
  for (; i + 1 < bytes.length; i++) {
    if (bytes[i] !== 0xff) continue;
    const next = bytes[i + 1] ?? 0;
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= RESTART_MAX)) return i;
  }
  return bytes.length;
}

/** A JPEG without notes, and without what hangs behind its end (other pictures, films). */
export function stripJpeg(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  const parts: Uint8Array[] = [bytes.subarray(0, 2)];
  let orientation = 1;
  let at = 2;
  while (at + 4 <= bytes.length) {
    const marker = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff) return undefined;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const end = at + 2 + ((bytes[at + 2] ?? 0) << 8 | (bytes[at + 3] ?? 0));
    if (end > bytes.length || end < at + 4) return undefined;
    if (marker === 0xe1 && startsWith(bytes, at + 4, EXIF)) orientation = orientationOf(bytes.subarray(at + 10, end));
    const stop = marker === 0xda ? endOfScan(bytes, end) : end;
    if (marker !== 0xfe && belongs(marker, bytes, at)) parts.push(bytes.subarray(at, stop));
    at = stop;
    if (bytes[at + 1] === 0xd9) break;
  }
  parts.push(new Uint8Array([0xff, 0xd9]));
  if (orientation > 1 && orientation <= 8) parts.splice(1, 0, upside(orientation));
  return joined(parts);
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const NOTES = new Set(["eXIf", "tEXt", "zTXt", "iTXt", "tIME"]);

const nameAt = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));

/** A PNG without texts, times and Exif. */
export function stripPng(bytes: Uint8Array): Uint8Array | undefined {
  if (!startsWith(bytes, 0, PNG)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [bytes.subarray(0, 8)];
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) return undefined;
    const name = nameAt(bytes, at + 4);
    if (!NOTES.has(name)) parts.push(bytes.subarray(at, end));
    if (name === "IEND") return joined(parts);
    at = end;
  }
  return undefined;
}

/** A WebP without Exif and XMP. */
export function stripWebp(bytes: Uint8Array): Uint8Array | undefined {
  if (nameAt(bytes, 0) !== "RIFF" || nameAt(bytes, 8) !== "WEBP") return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [bytes.slice(0, 12)];
  for (let at = 12; at + 8 <= bytes.length;) {
    const size = view.getUint32(at + 4, true);
    const end = at + 8 + size + (size & 1);
    if (end > bytes.length) return undefined;
    const name = nameAt(bytes, at);
    const chunk = bytes.slice(at, end);
    if (name === "VP8X") chunk[8] = (chunk[8] ?? 0) & ~0x0c;
    if (name !== "EXIF" && name !== "XMP ") parts.push(chunk);
    at = end;
  }
  const all = joined(parts);
  new DataView(all.buffer).setUint32(4, all.length - 8, true);
  return all;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of parts) {
    all.set(one, at);
    at += one.length;
  }
  return all;
}

const BY_TYPE: Record<string, (bytes: Uint8Array) => Uint8Array | undefined> = { "image/jpeg": stripJpeg, "image/png": stripPng, "image/webp": stripWebp };

/** The file without its notes; itself where there is nothing to take out, or nothing is known of its kind. */
export async function stripped(file: Blob): Promise<Blob> {
  const strip = BY_TYPE[file.type];
  const out = strip?.(new Uint8Array(await file.arrayBuffer()));
  return out && out.length > 0 && out.length < file.size ? new Blob([out as Uint8Array<ArrayBuffer>], { type: file.type }) : file;
}

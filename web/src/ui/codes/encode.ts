// SPDX-License-Identifier: Apache-2.0
// Text as a QR code (ISO/IEC 18004), by qrcode-generator: UTF-8, correction level M, the smallest version that holds it.
import qrcode from "qrcode-generator";

export interface Code {
  readonly size: number; // modules of a side
  isDark(x: number, y: number): boolean;
}

/** More bytes make modules too small to be scanned from a screen (version 15). */
export const CODE_BYTES_MAX = 412;

/** Undefined: more than CODE_BYTES_MAX bytes. */
export function encode(text: string): Code | undefined {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > CODE_BYTES_MAX) return undefined;
  const code = qrcode(0, "M");
  code.addData(String.fromCharCode(...bytes), "Byte"); // the library takes the low byte of each
  code.make();
  return { size: code.getModuleCount(), isDark: (x, y) => code.isDark(y, x) };
}

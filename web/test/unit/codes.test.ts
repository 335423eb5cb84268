// SPDX-License-Identifier: Apache-2.0
// QR codes: module by module what libqrencode 4.1.1 makes of the same bytes (level M), where both take the same mask; and what
// cannot be one.
import { describe, expect, it } from "vitest";
import { type Code, CODE_BYTES_MAX, encode } from "../../src/ui/codes/encode.ts";

/** Text, modules of a side; a 1 and the modules row by row, as one hexadecimal number. */
const KNOWN: [text: string, size: number, modules: string][] = [
  [
    "xmpp:mira@localhost", 25,
    "3fd787f829aa0dd7b176e956bb75915d821aa0ff555fc0118013ff997c94f3b7792be663519b2e796081c78871aeafe3242ab7cc7f6009e887f48566"
    + "0b2e3575dff9baa375dd05ace09085ffdcd29",
  ],
  [
    "码 código", 21,
    "3fc07f82720dd7176ebebb7595d82b20ff55fc020017ce7c257dad59415867264516600caaff1afe0b92f75661baad25d675208539fd262",
  ],
  [
    "https://tideline.example/join?invite=100123456789abcdefhttps0123456789abcdefhttps0123456789abcdefhttps0123456789abcdefhttps0123456789abcdefhttps0123456789abcdefhttps", 53,
    "3fca2b1371a47f8266d9c462320dd6cbb47494976eab58559f0abb75bc2ffe1ac5d82d91e897a620ff5555555555fc02a3b221c3a017cd689f71a57c"
    + "d01c926a84f5697095e92f58160027f1a4f57d45a620dbcc50f1f80fd9acbc83489756fc8b93e1f903cd12330699444d0d2eab0bb6d494ab9e1d21cb"
    + "dd419809f6119f6c21f0f57d00fdf2b4f638f3c1d303d521cf01af0e3f463d8fe0d59e457bda6471f1a11f2b4ffe188b038e0d78ca54863d4dd05496"
    + "38d2625422305f19e1fc16ffc241d2f2f1df89df31d67c358261403acc9653ea11cc168f09a1ecd99b6b94d137cf3b35c759fe64a4204538306fb20d"
    + "66f0a27c4a63175c3a7c82ecb91c7e642f26b810f8454e97ca5fd6b693e3412c2c09e97205f49ef9e220e9980518638138252c80271123f6b8dfe00f"
    + "57b8e0978dff0b955611cd420a4c1a2943e357572c5ffde7fcbaab4d8e8c7c1dd738674f583ce0969290e53a65fde66bac16afc",
  ],
];

const modules = (code: Code | undefined): string =>
  code ? BigInt(`0b1${Array.from({ length: code.size ** 2 }, (_, i) => (code.isDark(i % code.size, Math.floor(i / code.size)) ? "1" : "0")).join("")}`).toString(16) : "";

describe("a code", () => {
  it.each(KNOWN)("of %s", (text, size, known) => {
    expect(encode(text)?.size).toBe(size);
    expect(modules(encode(text))).toBe(known);
  });
  it("has room for so many bytes", () => {
    expect(encode("y".repeat(CODE_BYTES_MAX))?.size).toBe(77);
    expect(encode("y".repeat(CODE_BYTES_MAX + 1))).toBeUndefined();
    expect(encode("码".repeat(138))).toBeUndefined();
    expect(encode("")?.size).toBe(21);
  });
});

// SPDX-License-Identifier: Apache-2.0
// QR codes: module by module what libqrencode 4.1.1 makes of the same bytes (level M, the same mask); and what cannot be one.
import { describe, expect, it } from "vitest";
import { type Code, encode } from "../../src/ui/codes/encode.ts";

/** Text, mask, modules of a side; a 1 and the modules row by row, as one hexadecimal number. */
const KNOWN: [text: string, mask: number, size: number, modules: string][] = [
  [
    "xmpp:mira@localhost", 6, 25,
    "3fd787f829aa0dd7b176e956bb75915d821aa0ff555fc0118013ff997c94f3b7792be663519b2e796081c78871aeafe3242ab7cc7f6009e887f48566"
    + "0b2e3575dff9baa375dd05ace09085ffdcd29",
  ],
  [
    "码 código", 2, 21,
    "3fc07f82720dd7176ebebb7595d82b20ff55fc020017ce7c257dad59415867264516600caaff1afe0b92f75661baad25d675208539fd262",
  ],
  [
    "xmpp:quay@conference.tideline.example?join;password=0123456789abcdef0123456789abcdef", 6, 37,
    "3fdfb1c97f82ad922a0dd6e462976e8b5330bb752d2855d820fede20ff555555fc00ace1a013fcff529721d69d1cb2927b7ca46255dec8dba4573334"
    + "02567e17a849a19b1e3e35ca2a5ba96d821fc7f545347932559ab8b87172acfcf31f97b17f0d0f93371b455bf2dbe457ad245c82445274c29dddaf54"
    + "97519c84d4ef2300e75b5c2a56bf5009d5a4887f55ddf56e0b44856317509977f2ba9d79377dd03c386d6092746ddffd5337779",
  ],
  [
    "https://tideline.example/join?invite=0123456789abcdefhttps://tideline.example/join?invite=0123456789abcdefhttps://tideline.example/join?invite=0123456789abcdef", 2, 53,
    "3fce7f1371847f823129c1e2720dd45bf474dc976eb46c53931abb75e8dff63bc5d82e8f08d2aa20ff5555555555fc0343062103a017c5eb9f3bc57c"
    + "e4441e7eddf56b1b7b010d54960954b660ad7b45cca501fe1495fa572bfdb9db58b1fcb023d9adeb144c7756d6611bf320048f8f16f0623f1e29644c"
    + "9dfcda0a14701665a9f1357c959448e4783477c6cdfcd36997498b889f667c0f93139b857a3ee457feab1f2a4fff28e49b8a0478ca54d95d6d9c5482"
    + "2a75e35162303f51a1f830dfc69e97f2f4c66997cda87411ca01a377dcd34e6a3a64db1f0984edb4a5270d1c2fec7381035bfa26bb3fb27c71f7b4df"
    + "6029a03402eedf1ab3fc4348cf72aa3c0d2e43566dc21e9fcf5fd16cb8434d6f1de0e13f86ea8efdc450c1880b18565a29b76da0269bcbfa981fc00a"
    + "07b8a1978dff16e156154d420a24fa2157e35752ef5fff87fcbadc5dcedcfa05d759054dd41ee09de2d8a96625fd1fff6eb0e5c",
  ],
];

const modules = (code: Code | undefined): string =>
  code ? BigInt(`0b1${Array.from({ length: code.size ** 2 }, (_, i) => (code.isDark(i % code.size, Math.floor(i / code.size)) ? "1" : "0")).join("")}`).toString(16) : "";

describe("a code", () => {
  it.each(KNOWN)("of %s", (text, mask, size, known) => {
    expect(encode(text, mask)?.size).toBe(size);
    expect(modules(encode(text, mask))).toBe(known);
  });
  it("takes one of the eight masks by itself", () => {
    for (const [text] of KNOWN) expect([0, 1, 2, 3, 4, 5, 6, 7].map((mask) => modules(encode(text, mask)))).toContain(modules(encode(text)));
  });
  it("has room for 412 bytes", () => {
    expect(encode("y".repeat(412))?.size).toBe(77);
    expect(encode("y".repeat(413))).toBeUndefined();
    expect(encode("码".repeat(138))).toBeUndefined();
    expect(encode("")?.size).toBe(21);
  });
});

// SPDX-License-Identifier: Apache-2.0
import { beforeAll, describe, expect, it } from "vitest";
import { stripJpeg, stripPng, stripWebp, stripped } from "../../src/core/files/strip.ts";
import { parseMessage } from "../../src/core/xml/message.ts";
import { parseStored } from "../../src/core/xml/parse.ts";
import { here } from "../../src/shared/ours.ts";
import { plainType } from "../../src/shared/files.ts";
import { pathOf, shapeOf } from "../../src/ui/files/wave.ts";

beforeAll(() => {
  Object.assign(globalThis, { location: new URL("http://chat.example:5280/c/a") });
});

const text = (words: string): number[] => [...words].map((one) => one.charCodeAt(0));
const segment = (marker: number, data: number[]): number[] => [0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 255, ...data];
const exif = (orientation: number): number[] =>
  segment(0xe1, [...text("Exif"), 0, 0, ...text("II"), 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0, ...text("GPS 60.1 N")]);
const scan = [...segment(0xda, [1, 1, 0, 0, 63, 0]), 1, 2, 0xff, 0, 3, 0xff, 0xd0, 4];

describe("photos", () => {
  it("lose their notes, and keep picture, profile and which side is up", () => {
    const picture = [...segment(0xe2, text("ICC_PROFILE")), ...segment(0xdb, [0, 1, 2]), ...scan];
    const notes = [...exif(6), ...segment(0xed, text("Photoshop")), ...segment(0xfe, text("comment"))];
    const out = stripJpeg(new Uint8Array([0xff, 0xd8, ...notes, ...picture, 0xff, 0xd9, ...text("another picture")]));
    const said = String.fromCharCode(...(out ?? []));
    expect(said).not.toMatch(/GPS|Photoshop|comment|another/);
    expect(said).toContain("ICC_PROFILE");
    expect([...(out ?? [])].slice(-picture.length - 2)).toEqual([...picture, 0xff, 0xd9]);
    expect(stripJpeg(out ?? new Uint8Array())).toEqual(out);
    expect([...(out ?? [])].slice(2, 38)[29]).toBe(6);
  });
  it("that stand upright have no notes at all", () => {
    const out = stripJpeg(new Uint8Array([0xff, 0xd8, ...exif(1), ...scan, 0xff, 0xd9]));
    expect([...(out ?? [])]).toEqual([0xff, 0xd8, ...scan, 0xff, 0xd9]);
  });
  it("that are none, or broken, stay as they are", async () => {
    for (const bytes of [[], [0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff], [0xff, 0xd8, 1, 2, 3, 4], [0xff, 0xd8, 0xff, 0xe1, 0, 0]]) {
      expect(stripJpeg(new Uint8Array(bytes)) ?? "kept").toSatisfy((out: unknown) => out === "kept" || (out as Uint8Array).length <= bytes.length + 2);
    }
    const file = new Blob([new Uint8Array([0xff, 0xd8, 1, 2, 3, 4])], { type: "image/jpeg" });
    expect(await stripped(file)).toBe(file);
    const film = new Blob(["words"], { type: "video/mp4" });
    expect(await stripped(film)).toBe(film);
  });
  it("in PNG and WebP lose them, too", () => {
    const chunk = (name: string, data: number[]): number[] => [0, 0, 0, data.length, ...text(name), ...data, 9, 9, 9, 9];
    const head = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
    const png = stripPng(new Uint8Array([...head, ...chunk("IHDR", [1]), ...chunk("eXIf", text("GPS")), ...chunk("tEXt", text("me")), ...chunk("IDAT", [5]), ...chunk("IEND", []), 1, 2]));
    expect([...(png ?? [])]).toEqual([...head, ...chunk("IHDR", [1]), ...chunk("IDAT", [5]), ...chunk("IEND", [])]);
    const part = (name: string, data: number[]): number[] => [...text(name), data.length, 0, 0, 0, ...data, ...(data.length & 1 ? [0] : [])];
    const body = [...part("VP8X", [0x0c, 0, 0, 0]), ...part("VP8 ", [1, 2]), ...part("EXIF", text("GPS")), ...part("XMP ", text("me"))];
    const webp = stripWebp(new Uint8Array([...text("RIFF"), body.length + 4, 0, 0, 0, ...text("WEBP"), ...body]));
    const left = [...part("VP8X", [0, 0, 0, 0]), ...part("VP8 ", [1, 2])];
    expect([...(webp ?? [])]).toEqual([...text("RIFF"), left.length + 4, 0, 0, 0, ...text("WEBP"), ...left]);
  });
});

describe("messages with files", () => {
  const file = '<file-sharing xmlns="urn:xmpp:sfs:0"><file xmlns="urn:xmpp:file:metadata:0"><name>a.png</name></file><sources><url-data xmlns="http://jabber.org/protocol/url-data" target="https://h/file/x/a.png"/></sources></file-sharing>';
  const parse = (inside: string) => parseMessage(parseStored(`<message xmlns="jabber:client" from="a@b/c" type="chat">${inside}</message>`));
  it("show their words without the links that stand for others", () => {
    const fallback = (end: number): string => `<fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:sfs:0"><body start="6" end="${end}"/></fallback>`;
    expect(parse(`<body>Here 😀\nhttps://h/file/x/a.png</body>${file}${fallback(29)}`).text).toBe("Here 😀");
  });
  it("that answer lose both, wherever each stands", () => {
    const quote = '<reply xmlns="urn:xmpp:reply:0" id="1"/><fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:reply:0"><body start="0" end="6"/></fallback>';
    const parsed = parse(`<body>&gt; old\nnew\nhttps://h/file/x/a.png</body>${quote}${file}<fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:sfs:0"><body start="9" end="32"/></fallback>`);
    expect(parsed.text).toBe("new");
    expect(parsed.reply?.quoted).toBe("old");
  });
  it("whose ending is the name of something else have no type", () => {
    const parsed = parse('<body>https://h/x.constructor</body><x xmlns="jabber:x:oob"><url>https://h/x.constructor</url></x>');
    expect(parsed.files.map((one) => one.type)).toEqual([""]);
  });
  it("whose file is none keep all words", () => {
    expect(parse('<body>words</body><fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:sfs:0"/>').text).toBe("words");
  });
});

describe("links", () => {
  it("of this host are fetched by the page's own door, others never", () => {
    expect(here("https://chat.example:5443/file/abc/x.png")).toBe("http://chat.example:5280/file/abc/x.png");
    for (const url of ["https://chat.example/other", "https://chat.example.evil/file/x", "javascript:alert(1)", "blob:http://chat.example/file/x", "ftp://chat.example/file/x", "//chat.example/file/x", ""]) expect(here(url)).toBeUndefined();
  });
  it("have types without parameters, or none", () => {
    expect(plainType("audio/webm;codecs=opus")).toBe("audio/webm");
    expect(plainType("<script>")).toBe("");
  });
});

describe("waves", () => {
  it("are as high as it is loud", () => {
    const shape = shapeOf(Float32Array.from([0, 0, 0.5, -0.5, 1, -1]), 3);
    expect(shape).toEqual([0, 0.5, 1]);
    expect(pathOf(shape, 0)).toBe("M0 0");
    expect(pathOf(shape)).toMatch(/^M2 12\.5V15\.5M6 /);
  });
  it("of silence are flat, and numbers", () => {
    expect(shapeOf(new Float32Array(10), 5)).toEqual([0, 0, 0, 0, 0]);
    expect(shapeOf(new Float32Array(0), 2)).toEqual([0, 0]);
  });
});

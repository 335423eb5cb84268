// SPDX-License-Identifier: Apache-2.0
// One file to a server that answers as it is told.
import { beforeEach, describe, expect, it } from "vitest";
import { type Slot, type Wire, bring } from "../../src/core/files/bring.ts";

interface Asked { method: string; url: string; headers: Record<string, string>; size: number }
let asked: Asked[] = [];
let answers: ((one: Asked) => [number, Record<string, string>?])[] = [];

class Request {
  upload: { onprogress?: (event: { loaded: number }) => void } = {};
  onloadend: (() => void) | undefined;
  status = 0;
  private readonly one: Asked = { method: "", url: "", headers: {}, size: 0 };
  private fields: Record<string, string> = {};
  open(method: string, url: string): void { Object.assign(this.one, { method, url }); }
  setRequestHeader(name: string, value: string): void { this.one.headers[name] = value; }
  getResponseHeader(name: string): string | null { return this.fields[name] ?? null; }
  abort(): void { this.onloadend?.(); }
  send(body: Blob | null): void {
    this.one.size = body?.size ?? 0;
    asked.push(this.one);
    [this.status, this.fields = {}] = answers.shift()?.(this.one) ?? [0];
    queueMicrotask(() => this.onloadend?.());
  }
}

beforeEach(() => {
  Object.assign(globalThis, { location: new URL("http://chat.example:5280/c/a"), XMLHttpRequest: Request });
  [asked, answers] = [[], []];
});

const blob = new Blob(["0123456789"]);
const slot = (more: Partial<Slot> = {}): Slot => ({ put: "https://chat.example/file/a/b", get: "https://chat.example/file/a/b", headers: { Authorization: "Bearer x" }, ...more });
const wire = (): Wire => ({ signal: new AbortController().signal, progress: () => undefined, keep: () => undefined });

describe("a file", () => {
  it("goes by one PUT where nothing can be resumed, by the page's own door, with its type", async () => {
    answers = [() => [201]];
    expect(await bring(slot(), blob, "text/plain", wire())).toBe("done");
    expect(asked).toEqual([{ method: "PUT", url: "http://chat.example:5280/file/a/b", headers: { Authorization: "Bearer x", "Content-Type": "text/plain" }, size: 10 }]);
  });
  it("that was begun goes on where the server has it", async () => {
    answers = [() => [200, { "Upload-Offset": "4" }], () => [204, { "Upload-Offset": "10" }]];
    expect(await bring(slot({ tus: "https://chat.example/file/tus/", upload: "https://chat.example/file/tus/a" }), blob, "", wire())).toBe("done");
    expect(asked.map((one) => [one.method, one.headers["Upload-Offset"], one.size])).toEqual([["HEAD", undefined, 0], ["PATCH", "4", 6]]);
  });
  it("that the server has forgotten is begun again; one that is whole is not sent twice", async () => {
    answers = [() => [404], () => [201, { Location: "/file/tus/n" }], () => [204, { "Upload-Offset": "10" }]];
    const again = slot({ tus: "https://chat.example/file/tus/", upload: "https://chat.example/file/tus/a" });
    expect(await bring(again, blob, "", wire())).toBe("done");
    expect(again.upload).toBe("http://chat.example:5280/file/tus/n");
    [asked, answers] = [[], [() => [200, { "Upload-Offset": "10" }]]];
    expect(await bring(again, blob, "", wire())).toBe("done");
    expect(asked.map((one) => one.method)).toEqual(["HEAD"]);
  });
  it("is tried again after what passes, and never after what does not", async () => {
    for (const [status, outcome] of [[0, "again"], [503, "again"], [423, "again"], [413, "quota"], [507, "quota"], [403, "slot"], [409, "slot"], [415, "refused"]] as const) {
      answers = [() => [status]];
      expect(await bring(slot(), blob, "", wire())).toBe(outcome);
    }
  });
});

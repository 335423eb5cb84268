// SPDX-License-Identifier: Apache-2.0
// One file to the server: by tus 1.0.0 (docs/uploads.md), which goes on where it was cut, or by one PUT (XEP-0363) where it is not
// offered. Never throws for what time makes better: it says "again".
import type { Fault } from "../../shared/types.ts";
import { here } from "../../shared/ours.ts";

const CHUNK = 8 * 1024 * 1024; // bytes of one request
const STALL = 45_000; // ms without a byte until a connection counts as lost

/** What the server has given for one file. */
export interface Slot {
  put: string;
  get: string;
  headers: Record<string, string>;
  /** Where uploads that can be resumed are made. */
  tus?: string;
  /** This one, once it was made. */
  upload?: string;
}

/** slot: this one is worth nothing any more. */
export type Outcome = "done" | "again" | "slot" | Fault;

export interface Wire {
  signal: AbortSignal;
  /** Bytes that are there. */
  progress(done: number): void;
  /** The slot has changed and shall be kept. */
  keep(): void;
}

interface Answer {
  /** 0: there was none. */
  status: number;
  field(name: string): string | null;
}

/** XMLHttpRequest: fetch does not tell how much has been sent. */
function ask(method: string, url: string, headers: Record<string, string>, wire: Wire, body?: Blob, at = 0): Promise<Answer> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    let stalled = setTimeout(() => request.abort(), STALL);
    const alive = (): void => {
      clearTimeout(stalled);
      stalled = setTimeout(() => request.abort(), STALL);
    };
    const stop = (): void => request.abort();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => {
      alive();
      wire.progress(at + loaded);
    };
    request.onloadend = () => {
      clearTimeout(stalled);
      wire.signal.removeEventListener("abort", stop);
      resolve({ status: request.status, field: (name) => (request.status ? request.getResponseHeader(name) : null) });
    };
    wire.signal.addEventListener("abort", stop);
    if (wire.signal.aborted) stop();
    request.send(body ?? null);
  });
}

const OWN = (url: string): string => here(url) ?? url;

function judge(status: number): Outcome {
  if (status >= 200 && status < 300) return "done";
  if (status === 413 || status === 507) return "quota";
  if (status === 401 || status === 403 || status === 404 || status === 409 || status === 410) return "slot";
  return status === 0 || status === 408 || status === 423 || status === 429 || status >= 500 ? "again" : "refused";
}

async function put(slot: Slot, blob: Blob, type: string, wire: Wire): Promise<Outcome> {
  const { status } = await ask("PUT", OWN(slot.put), { ...slot.headers, ...(type ? { "Content-Type": type } : {}) }, wire, blob.slice(0, blob.size, type));
  return judge(status);
}

/** Where it goes on; undefined: it must be made first. */
async function offsetOf(slot: Slot, headers: Record<string, string>, wire: Wire): Promise<number | undefined | Outcome> {
  if (!slot.upload) return undefined;
  const { status, field } = await ask("HEAD", OWN(slot.upload), headers, wire);
  if (status === 200 || status === 204) return Number(field("Upload-Offset") ?? 0);
  const outcome = judge(status);
  if (outcome !== "slot") return outcome;
  delete slot.upload;
  return status === 404 || status === 410 ? undefined : "slot";
}

async function tus(slot: Slot, blob: Blob, wire: Wire): Promise<Outcome> {
  const headers = { ...slot.headers, "Tus-Resumable": "1.0.0" };
  const found = await offsetOf(slot, headers, wire);
  if (typeof found === "string") return found;
  let offset = found ?? 0;
  if (found === undefined) {
    const { status, field } = await ask("POST", OWN(slot.tus ?? ""), { ...headers, "Upload-Length": String(blob.size) }, wire);
    const outcome = judge(status);
    if (outcome !== "done") return outcome;
    slot.upload = new URL(field("Location") ?? "", OWN(slot.tus ?? "")).href;
    wire.keep();
  }
  while (offset < blob.size) {
    wire.progress(offset);
    const type = "application/offset+octet-stream";
    const part = blob.slice(offset, Math.min(offset + CHUNK, blob.size), type);
    const { status, field } = await ask("PATCH", OWN(slot.upload ?? ""), { ...headers, "Content-Type": type, "Upload-Offset": String(offset) }, wire, part, offset);
    if (status === 409) return "again"; // another offset: HEAD tells
    const outcome = judge(status);
    if (outcome !== "done") return outcome;
    offset = Number(field("Upload-Offset") ?? offset + part.size);
  }
  return "done";
}

/** Sends what is not there yet. */
export async function bring(slot: Slot, blob: Blob, type: string, wire: Wire): Promise<Outcome> {
  const outcome = await (slot.tus ? tus(slot, blob, wire) : put(slot, blob, type, wire));
  if (outcome === "done") wire.progress(blob.size);
  return outcome;
}

/** Tells the server that nothing more comes; it need not hear it. */
export function forget(slot: Slot): void {
  if (slot.upload) void fetch(OWN(slot.upload), { method: "DELETE", headers: { ...slot.headers, "Tus-Resumable": "1.0.0" } }).catch(() => undefined);
}

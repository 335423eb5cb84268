// SPDX-License-Identifier: Apache-2.0
// Files that wait over the field until they are sent: by conversation (in a thread by conversation, a blank and the thread's id).
import { signal } from "@preact/signals";
import type { Draft } from "../../shared/api.ts";
import { FILES_MAX, type Outgoing, PICTURE, plainType } from "../../shared/files.ts";
import type { Refusal } from "../../shared/rpc.ts";
import type { FileInfo, Jid } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { toast } from "../kit/Toast.tsx";

export interface Picked {
  id: number;
  file: File;
  type: string;
  /** What is known of it so far: size of a picture, length of a film. */
  info: Partial<FileInfo>;
  /** Address of its thumbnail. */
  thumb?: string | undefined;
  caption: string;
  smaller: boolean;
  original: boolean;
  /** It cannot be sent like this. */
  fault?: "too-big" | "empty" | undefined;
}

export const trays = signal<Record<string, readonly Picked[]>>({});
const NONE: readonly Picked[] = [];
/** A picture that is scaled down is never larger than this, bytes. */
const SMALLER_MAX = 30_000_000;

let ids = 0;
/** Looking goes on: what is sent meanwhile waits for it. */
const looking = new Set<Promise<unknown>>();

export const trayOf = (slot: string): readonly Picked[] => trays.value[slot] ?? NONE;

function put(slot: string, files: readonly Picked[]): void {
  trays.value = { ...trays.value, [slot]: files };
}

/** Changes one of them. */
export function change(slot: string, id: number, part: Partial<Picked>): void {
  put(slot, trayOf(slot).map((one) => (one.id === id ? { ...one, ...part } : one)));
}

export function drop(slot: string, id: number): void {
  const gone = trayOf(slot).find((one) => one.id === id);
  if (gone?.thumb) URL.revokeObjectURL(gone.thumb);
  put(slot, trayOf(slot).filter((one) => one.id !== id));
}

async function examine(slot: string, { id, file, type }: Picked): Promise<void> {
  const most = await core.uploadLimit().catch(() => Number.POSITIVE_INFINITY);
  if (file.size > most) change(slot, id, PICTURE.test(type) && file.size < SMALLER_MAX ? { fault: "too-big", smaller: false } : { fault: "too-big" });
  if (PICTURE.test(type)) {
    const seen = await core.look(file).catch(() => undefined);
    if (seen) change(slot, id, { info: { width: seen.width, height: seen.height, preview: seen.preview }, thumb: URL.createObjectURL(seen.thumb) });
  } else if (/^(audio|video)\//.test(type)) {
    const info = await import("./probe.ts").then(({ probe }) => probe(file, type)).catch(() => undefined);
    if (info) change(slot, id, { info });
  }
}

/** Puts files into the tray and looks at them. */
export function pick(slot: string, files: Iterable<File>): void {
  const all = [...files];
  const room = FILES_MAX - trayOf(slot).length;
  if (all.length > room) toast(t("file.too-many", { n: FILES_MAX }), { icon: "warning" });
  const picked = all.slice(0, Math.max(0, room)).map((file): Picked => ({
    id: ++ids, file, type: plainType(file.type), info: {}, caption: "", smaller: false, original: false, ...(file.size === 0 ? { fault: "empty" as const } : {}),
  }));
  put(slot, [...trayOf(slot), ...picked]);
  for (const one of picked) {
    const run = examine(slot, one).finally(() => looking.delete(run));
    looking.add(run);
  }
}

/** Whether the tray may leave: nothing in it is refused. */
export const isSendable = (slot: string): boolean => trayOf(slot).every((one) => one.fault === undefined || (one.fault === "too-big" && one.smaller));

const outgoing = ({ file, type, info, caption, smaller, original }: Picked): Outgoing =>
  ({ blob: file, info: { name: file.name || "file", type, ...info, ...(caption.trim() ? { caption: caption.trim() } : {}) }, smaller, original });

/** What this page has sent and may come back, by the key of its message. */
const gone = new Map<string, { slot: string; files: readonly Picked[] }>();
const GONE_MAX = 10; // messages

function forget({ files }: { files: readonly Picked[] }): void {
  for (const { thumb } of files) if (thumb) URL.revokeObjectURL(thumb);
}

/** Whether the files of a message were in a tray of this page. */
export const isOurs = (key: string): boolean => gone.has(key);

/** The files of a message that was taken back lie in the tray again. */
export function bringBack(key: string): void {
  const was = gone.get(key);
  gone.delete(key);
  if (was) put(was.slot, [...was.files, ...trayOf(was.slot)]);
}

/** Sends what is in the tray with the words of a draft. False: it was refused, and lies in the tray again. */
export async function sendTray(jid: Jid, slot: string, draft: Draft): Promise<boolean> {
  const ids = new Set(trayOf(slot).map((one) => one.id));
  await Promise.all(looking);
  const files = trayOf(slot).filter((one) => ids.has(one.id));
  put(slot, trayOf(slot).filter((one) => !ids.has(one.id)));
  try {
    const key = await core.share(jid, draft, files.map(outgoing));
    gone.set(key, { slot, files });
  } catch (why) {
    put(slot, [...files, ...trayOf(slot)]);
    toast(faultText((why as Refusal).fault ?? "refused"), { icon: "warning" });
    return false;
  }
  for (const [key, old] of [...gone].slice(0, Math.max(0, gone.size - (draft.hold ? GONE_MAX : 0)))) {
    gone.delete(key);
    forget(old);
  }
  return true;
}

/** What of a paste or a drop is files; texts and links are not. */
export const filesOf = (data: DataTransfer | null): File[] => (data && [...data.types].includes("Files") ? [...data.files] : []);

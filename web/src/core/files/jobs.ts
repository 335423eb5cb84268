// SPDX-License-Identifier: Apache-2.0
// Messages whose files are under way, and what is kept of them in the database: a reload goes on where it was.
import type { Draft } from "../../shared/api.ts";
import type { FileInfo, Jid } from "../../shared/types.ts";
import type { Store } from "../store/db.ts";
import type { Slot } from "./bring.ts";

const KEPT_MAX = 50_000_000; // bytes of a file that is kept for a reload
const LIST = "uploads";

/** One file of a message. */
export interface Part {
  info: FileInfo;
  /** Unset: it was too large to be kept, and the page that had it is gone. */
  blob?: Blob;
  slot?: Slot;
  /** Where it is, once it is there. */
  url?: string;
  done: number;
}

export interface Job {
  key: string;
  conversation: Jid;
  /** Its files are the parts. */
  draft: Draft;
  parts: Part[];
  paused: boolean;
}

type Kept = Omit<Job, "parts"> & { parts: Omit<Part, "blob">[] };

function withoutBlob(part: Part): Omit<Part, "blob"> {
  const { ...rest } = part;
  delete rest.blob;
  return rest;
}

const blobName = (key: string, i: number): string => `upload ${key} ${i}`;

export class Jobs {
  readonly all = new Map<string, Job>();
  private readonly account: Jid;
  private readonly store: Store;

  constructor(account: Jid, store: Store) {
    this.account = account;
    this.store = store;
  }

  /** Whether there are any, without loading them. */
  static async some(account: Jid, store: Store): Promise<boolean> {
    return ((await store.setting<Kept[]>(account, LIST)) ?? []).length > 0;
  }

  async load(): Promise<void> {
    for (const kept of (await this.store.setting<Kept[]>(this.account, LIST)) ?? []) {
      if (this.all.has(kept.key)) continue;
      const parts = await Promise.all(kept.parts.map(async (part, i): Promise<Part> => {
        const blob = await this.store.setting<Blob>(this.account, blobName(kept.key, i));
        return { ...part, ...(blob ? { blob, info: { ...part.info, url: URL.createObjectURL(blob) } } : {}) };
      }));
      this.all.set(kept.key, { ...kept, parts });
    }
  }

  /** It is in the list from now on, and its files are kept as far as there is room. */
  async add(job: Job): Promise<void> {
    this.all.set(job.key, job);
    await this.keep();
    job.parts.forEach((part, i) => {
      if (part.blob && part.blob.size <= KEPT_MAX) void this.store.putSetting(this.account, blobName(job.key, i), part.blob);
    });
  }

  keep(): Promise<unknown> {
    const rows: Kept[] = [...this.all.values()].map((job) => ({ ...job, parts: job.parts.map(withoutBlob) }));
    return this.store.putSetting(this.account, LIST, rows);
  }

  async remove(job: Job): Promise<void> {
    this.all.delete(job.key);
    await this.keep();
    await Promise.all(job.parts.map((_, i) => this.store.removeSetting(this.account, blobName(job.key, i))));
  }
}

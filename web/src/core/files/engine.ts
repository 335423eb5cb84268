// SPDX-License-Identifier: Apache-2.0
// Brings the files of messages to the server, and the messages on their way when that is done. What time makes better is tried
// again: with the next connection, or after a while.
import type { Draft } from "../../shared/api.ts";
import { type Outgoing, type Sending, plainType } from "../../shared/files.ts";
import { Refusal } from "../../shared/rpc.ts";
import type { Fault, FileInfo, Jid } from "../../shared/types.ts";
import type { Context } from "../context.ts";
import { domain, h, number } from "../xml/el.ts";
import { NS } from "../xml/ns.ts";
import { type Outcome, type Slot, bring, forget } from "./bring.ts";
import { type Job, Jobs, type Part } from "./jobs.ts";
import { look, smaller } from "./picture.ts";
import { stripped } from "./strip.ts";

const TRIES = 8; // without a byte of progress, while the server answers
const PAUSES = [1000, 2000, 5000, 10_000, 20_000]; // ms
const TELL_EVERY = 200; // ms
const STAY = 60_000; // ms that what was sent is still shown from this device
const NAME_MAX = 255;

interface Service {
  jid: Jid;
  most: number;
}

export class Engine {
  private readonly context: Context;
  private readonly jobs: Jobs;
  private readonly running = new Map<string, AbortController>();
  private wakes = new Set<() => void>();
  private service: Promise<Service> | undefined;
  private begun: Promise<void> | undefined;

  constructor(context: Context) {
    this.context = context;
    this.jobs = new Jobs(context.jid, context.store);
  }

  // ---- the service

  private async find(): Promise<Service> {
    const { stream, jid } = this.context;
    const items = await stream.request(h("iq", { type: "get", to: domain(jid) }, h("query", { xmlns: NS.discoItems })));
    for (const item of items.getChild("query", NS.discoItems)?.getChildren("item") ?? []) {
      const to = item.attrs.jid;
      const info = to && (await stream.request(h("iq", { type: "get", to }, h("query", { xmlns: NS.discoInfo }))).catch(() => undefined))?.getChild("query", NS.discoInfo);
      if (!to || !info || !info.getChildren("feature").some((one) => one.attrs.var === NS.upload)) continue;
      const fields = info.getChildren("x", NS.form).flatMap((form) => form.getChildren("field"));
      const most = fields.find((one) => one.attrs.var === "max-file-size")?.getChildText("value");
      return { jid: to, most: number(most) ?? Number.POSITIVE_INFINITY };
    }
    throw new Refusal("no-uploads");
  }

  private need(): Promise<Service> {
    this.service ??= this.find().catch((why: unknown) => {
      this.service = undefined;
      throw why;
    });
    return this.service;
  }

  limit = async (): Promise<number> => (await this.need()).most;

  private async slot({ info, blob }: Part): Promise<Slot> {
    const { jid } = await this.need();
    const ask = h("request", { xmlns: NS.upload, filename: info.name, size: blob?.size, "content-type": info.type || undefined });
    const el = (await this.context.stream.request(h("iq", { type: "get", to: jid }, ask))).getChild("slot", NS.upload);
    const [put, get] = [el?.getChild("put"), el?.getChild("get")?.attrs.url];
    if (!put?.attrs.url || !get) throw new Refusal("refused", "a slot without links");
    const tus = el?.getChild("tus", NS.tus)?.attrs.url;
    const headers = Object.fromEntries(put.getChildren("header").filter((one) => /^(authorization|cookie|expires)$/i.test(one.attrs.name ?? ""))
      .map((one) => [one.attrs.name ?? "", one.text().replace(/[\r\n]/g, "")]));
    return { put: put.attrs.url, get, headers, ...(tus ? { tus } : {}) };
  }

  // ---- what is shown

  private tell(job: Job, state?: Sending["state"], fault?: Fault): void {
    const { logs } = this.context;
    const log = logs.get(job.conversation);
    const message = log?.get(job.key);
    if (!log || !message) return;
    const sum = (of: (part: Part) => number): number => job.parts.reduce((all, part) => all + of(part), 0);
    const now = state ?? message.sending?.state ?? "going";
    message.sending = { done: sum((part) => part.done), size: sum((part) => part.info.size ?? 0), state: now };
    if (fault) Object.assign(message, { delivery: "failed", fault });
    else message.delivery = "waiting";
    logs.changed(log, { upserts: new Set([message]), removed: [] });
  }

  /** The message stands in its log again, after a reload. */
  private async restore(job: Job): Promise<void> {
    const { rows, logs } = this.context;
    const log = await logs.load(job.conversation, rows.get(job.conversation)?.kind ?? "chat");
    const message = log.get(job.key);
    const files = job.parts.map((part) => part.info);
    if (message) message.files = files;
    else this.context.raise("onShare", job.conversation, job.key, { ...job.draft, files }, { done: 0, size: 0, state: "waiting" });
    if (message?.delivery === "failed") logs.changed(log, { upserts: new Set([message]), removed: [] });
    else this.tell(job, job.paused ? "paused" : "waiting");
  }

  /** What was kept is here again; once. */
  private begin(): Promise<void> {
    this.begun ??= this.jobs.load().then(async () => {
      for (const job of this.jobs.all.values()) await this.restore(job);
    });
    return this.begun;
  }

  // ---- one job

  private wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.wakes.delete(end);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.wakes.add(end);
      signal.addEventListener("abort", end);
    });
  }

  private async once(job: Job, part: Part, signal: AbortSignal): Promise<Outcome> {
    if (!part.blob) return "file-gone";
    try {
      part.slot ??= await this.slot(part);
    } catch (why) {
      const fault = why instanceof Refusal ? why.fault : "refused";
      return fault === "offline" || fault === "timeout" ? "again" : fault;
    }
    let told = 0;
    const progress = (done: number): void => {
      part.done = done;
      if (Date.now() - told < TELL_EVERY || signal.aborted) return;
      told = Date.now();
      this.tell(job, "going");
    };
    return bring(part.slot, part.blob, part.info.type, { signal, progress, keep: () => void this.jobs.keep() });
  }

  private async part(job: Job, part: Part, signal: AbortSignal): Promise<void> {
    for (let tries = 0; !part.url;) {
      const before = part.done;
      const outcome = await this.once(job, part, signal);
      if (signal.aborted) return;
      if (outcome === "done") part.url = part.slot?.get ?? "";
      else if (outcome === "again" || outcome === "busy" || outcome === "slot") {
        if (outcome === "slot") delete part.slot;
        tries = part.done > before || !this.context.stream.isOnline ? 0 : tries + 1;
        if (tries > TRIES) throw new Refusal(outcome === "busy" ? "busy" : "timeout");
        this.tell(job, "waiting");
        await this.wait(PAUSES[Math.min(tries, PAUSES.length - 1)] ?? 0, signal);
        if (signal.aborted) return;
      } else throw new Refusal(outcome);
    }
    await this.jobs.keep();
  }

  private async run(job: Job): Promise<void> {
    if (this.running.has(job.key) || job.paused) return;
    const stop = new AbortController();
    this.running.set(job.key, stop);
    this.tell(job, "going");
    try {
      for (const part of job.parts) {
        await this.part(job, part, stop.signal);
        if (stop.signal.aborted) return;
      }
      await this.finish(job);
    } catch (why) {
      if (!stop.signal.aborted) this.tell(job, "waiting", why instanceof Refusal ? why.fault : "refused");
    } finally {
      if (this.running.get(job.key) === stop) this.running.delete(job.key);
    }
  }

  private async finish(job: Job): Promise<void> {
    const { logs } = this.context;
    const files: FileInfo[] = job.parts.map(({ info, url }) => ({ ...info, url: url ?? "" }));
    const log = logs.get(job.conversation);
    const message = log?.get(job.key);
    if (log && message) {
      message.files = files;
      delete message.sending;
      logs.changed(log, { upserts: new Set([message]), removed: [] });
    }
    this.context.raise("onUploaded", job.conversation, job.key, { ...job.draft, files });
    await this.jobs.remove(job);
    this.release(job, STAY);
  }

  private release(job: Job, after: number): void {
    setTimeout(() => {
      for (const { info } of job.parts) URL.revokeObjectURL(info.url);
    }, after);
  }

  // ---- from outside

  /** There is a connection: on with everything. */
  async online(): Promise<void> {
    this.service = undefined;
    await this.begin();
    for (const wake of this.wakes) wake();
    for (const job of this.jobs.all.values()) if (this.context.logs.get(job.conversation)?.get(job.key)?.delivery !== "failed") void this.run(job);
  }

  /** What a log has kept of messages that were discarded since. */
  async tidy(conversation: Jid): Promise<void> {
    const { logs } = this.context;
    await this.begin();
    const log = logs.get(conversation);
    const left = log?.messages.filter((one) => one.sending && !one.archive && !this.jobs.all.has(one.key)) ?? [];
    for (const one of left) log?.remove(one.key);
    if (log && left.length > 0) logs.changed(log, { upserts: new Set(), removed: left.map((one) => one.key) });
  }

  private async prepared({ blob, info, smaller: isSmaller, original }: Outgoing): Promise<Part> {
    const type = plainType(info.type);
    let [file, more]: [Blob, Partial<FileInfo>] = [blob, {}];
    if (isSmaller) {
      const made = await smaller(blob);
      const name = made.blob.type === type ? info.name : `${info.name.replace(/\.[^.]*$/, "")}.webp`;
      [file, more] = [made.blob, { width: made.width, height: made.height, type: made.blob.type, name }];
    } else if (!original) file = await stripped(blob);
    const name = (more.name ?? info.name).replace(/[\p{Cc}/\\]/gu, "_").slice(0, NAME_MAX) || "file";
    return { blob: file, done: 0, info: { ...info, type, ...more, name, size: file.size, url: URL.createObjectURL(file) } };
  }

  async share(conversation: Jid, draft: Draft, files: Outgoing[]): Promise<string> {
    await this.begin();
    const parts = await Promise.all(files.map((one) => this.prepared(one)));
    const most = await this.limit().catch((why: unknown) => {
      if (why instanceof Refusal && why.fault === "no-uploads") throw why;
      return Number.POSITIVE_INFINITY; // offline: the server says it later
    });
    if (parts.some((part) => (part.info.size ?? 0) > most)) throw new Refusal("too-big");
    const job: Job = { key: crypto.randomUUID(), conversation, draft, parts, paused: false };
    const size = parts.reduce((sum, part) => sum + (part.info.size ?? 0), 0);
    await this.jobs.add(job);
    this.context.raise("onShare", conversation, job.key, { ...draft, files: parts.map((part) => part.info) }, { done: 0, size, state: "going" });
    void this.run(job);
    return job.key;
  }

  hold(key: string, on: boolean): void {
    const job = this.jobs.all.get(key);
    if (!job) return;
    job.paused = on;
    void this.jobs.keep();
    if (on) {
      this.running.get(key)?.abort();
      this.running.delete(key);
      this.tell(job, "paused");
    } else void this.run(job);
  }

  retry(key: string): void {
    const job = this.jobs.all.get(key);
    if (!job) return;
    job.paused = false;
    void this.run(job);
  }

  discard(key: string): void {
    const job = this.jobs.all.get(key);
    this.running.get(key)?.abort();
    this.running.delete(key);
    if (!job) return;
    for (const { slot } of job.parts) if (slot) forget(slot);
    void this.jobs.remove(job);
    this.release(job, 0);
  }

  /** Nothing goes on here; what is not done is on the disk. */
  leave(): void {
    for (const stop of this.running.values()) stop.abort();
  }

  look = look;
}

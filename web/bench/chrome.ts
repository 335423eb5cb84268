// SPDX-License-Identifier: Apache-2.0
// A Chromium with a profile on the disk, and what only its debugger and the kernel know: heaps of page and worker, processor time
// of threads. Memory is read after a collection of garbage.
import { readFileSync, readdirSync, mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, type CDPSession, type Page, chromium } from "@playwright/test";

const PATIENCE = 30_000; // ms
const MIB = 2 ** 20;

interface Target {
  type: string;
  url: string;
  webSocketDebuggerUrl: string;
}

/** Processor time of the renderers' threads, and how long they were ready and had to wait for a processor; ms. */
export interface Cpu {
  page: number;
  worker: number;
  all: number;
  waited: number;
}

type Threads = Map<string, { name: string; isMain: boolean; ran: number; waited: number }>;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One question to a target that Playwright has no session for. */
async function once(target: Target, method: string): Promise<unknown> {
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const answer = await new Promise<{ result: unknown }>((resolve) => {
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      const said = JSON.parse(data) as { id?: number; result: unknown };
      if (said.id === 1) resolve(said);
    };
    socket.send(JSON.stringify({ id: 1, method }));
  });
  socket.close();
  return answer.result;
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Chrome {
  readonly context: BrowserContext;
  private readonly port: number;
  private readonly folder: string;
  private readonly browser: CDPSession;

  private constructor(context: BrowserContext, port: number, folder: string, browser: CDPSession) {
    [this.context, this.port, this.folder, this.browser] = [context, port, folder, browser];
  }

  /** Without a service worker only the page and its worker fetch. */
  static async launch(serviceWorkers: "allow" | "block" = "allow"): Promise<Chrome> {
    const [port, folder] = [await freePort(), mkdtempSync(join(tmpdir(), "parley-chrome-"))];
    const context = await chromium.launchPersistentContext(folder, {
      serviceWorkers, executablePath: "/usr/bin/chromium", viewport: { width: 1280, height: 800 }, locale: "en-GB", timezoneId: "UTC",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", `--remote-debugging-port=${port}`],
    });
    const [blank] = context.pages();
    const session = await context.newCDPSession(blank ?? (await context.newPage()));
    return new Chrome(context, port, folder, session);
  }

  async close(): Promise<void> {
    await this.context.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async targets(type: string): Promise<Target[]> {
    const all = (await (await fetch(`http://127.0.0.1:${this.port}/json/list`)).json()) as Target[];
    return all.filter((one) => one.type === type);
  }

  /** Closes a page and waits for its worker to end: the next page starts from nothing. */
  async shut(page: Page): Promise<void> {
    await page.close();
    for (const end = Date.now() + PATIENCE; Date.now() < end && (await this.targets("shared_worker")).length > 0; ) await sleep(50);
  }

  private pids(): number[] {
    const found: number[] = [];
    for (const name of readdirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      try {
        const words = readFileSync(`/proc/${name}/cmdline`, "utf8");
        if (words.includes(this.folder) && words.includes("--type=renderer")) found.push(Number(name));
      } catch {
        continue; // it has ended
      }
    }
    return found;
  }

  /** What all threads of all renderers have used until now. */
  threads(): Threads {
    const threads: Threads = new Map();
    for (const pid of this.pids()) {
      try {
        for (const tid of readdirSync(`/proc/${pid}/task`)) {
          const [ran, waited] = readFileSync(`/proc/${pid}/task/${tid}/schedstat`, "utf8").split(" ").map((ns) => Number(ns) / 1e6) as [number, number];
          threads.set(`${pid}/${tid}`, { name: readFileSync(`/proc/${pid}/task/${tid}/comm`, "utf8").trim(), isMain: tid === String(pid), ran, waited });
        }
      } catch {
        continue; // it has ended
      }
    }
    return threads;
  }

  /** What was used since then. */
  since(before: Threads): Cpu {
    const used: Cpu = { page: 0, worker: 0, all: 0, waited: 0 };
    for (const [id, { name, isMain, ran, waited }] of this.threads()) {
      const time = ran - (before.get(id)?.ran ?? 0);
      used.all += time;
      const isWorker = /Worker/.test(name) && !/Pool/.test(name);
      if (isMain) used.page += time;
      if (isWorker) used.worker += time;
      if (isMain || isWorker) used.waited += waited - (before.get(id)?.waited ?? 0);
    }
    return used;
  }

  /** Heap of the page and of its worker, MiB, and nodes: elements in the document, and all that the page holds. */
  async memory(page: Page): Promise<{ heap: number; page: number; worker: number; elements: number; nodes: number }> {
    const session = await this.context.newCDPSession(page);
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    const { nodes } = await session.send("Memory.getDOMCounters");
    await session.detach();
    let worker = 0;
    for (const target of await this.targets("shared_worker")) {
      await once(target, "HeapProfiler.collectGarbage");
      worker += ((await once(target, "Runtime.getHeapUsage")) as { usedSize: number }).usedSize;
    }
    const elements = await page.evaluate(() => document.querySelectorAll("*").length);
    return { heap: (usedSize + worker) / MIB, page: usedSize / MIB, worker: worker / MIB, elements, nodes };
  }

  clearHttpCache = async (): Promise<void> => void (await this.browser.send("Network.clearBrowserCache"));
}

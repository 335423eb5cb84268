// SPDX-License-Identifier: Apache-2.0
// Calls from the page to the worker and news from the worker to the page, over a MessagePort (or anything that posts).
import type { Fault } from "./types.ts";

/** The end of a channel: a MessagePort, a DedicatedWorker, a BroadcastChannel in a coat. */
export interface Port {
  postMessage(value: unknown, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

type Call = { call: number; name: string; args: unknown[] };
type Answer = { answer: number; value?: unknown; fault?: Fault; detail?: string };
type News = { news: string; value: unknown };
export type Letter = Call | Answer | News;

/** An error that can cross the port: `fault` chooses the sentence, `detail` stands behind "What happened". */
export class Refusal extends Error {
  readonly fault: Fault;
  readonly detail: string;
  /** What the server called it; does not cross the port. */
  readonly condition: string;
  constructor(fault: Fault, detail = "", condition = "") {
    super(detail || fault);
    this.condition = condition;
    this.fault = fault;
    this.detail = detail;
  }
}

// deno-lint-ignore no-explicit-any -- a table of functions of every shape
export type Methods = Record<string, (...args: never[]) => unknown>;
/** The same functions as seen from the other side: all answers come later. */
export type Remote<M> = { [K in keyof M]: M[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never };

/** The calling side. `hear` gets the news. */
export function connect<M, N extends object>(port: Port, hear: <K extends keyof N>(name: K, value: N[K]) => void): Remote<M> {
  let last = 0;
  const open = new Map<number, { resolve: (value: unknown) => void; reject: (why: Refusal) => void }>();
  port.onmessage = ({ data }: MessageEvent<Letter>) => {
    if ("news" in data) return hear(data.news as keyof N, data.value as N[keyof N]);
    if (!("answer" in data)) return;
    const waiting = open.get(data.answer);
    open.delete(data.answer);
    if (data.fault) waiting?.reject(new Refusal(data.fault, data.detail));
    else waiting?.resolve(data.value);
  };
  return new Proxy({} as Remote<M>, {
    get: (_, name: string) => (...args: unknown[]) =>
      new Promise((resolve, reject) => {
        open.set(++last, { resolve, reject });
        port.postMessage({ call: last, name, args } satisfies Call);
      }),
  });
}

/** The answering side. Returns what sends news to this page. */
export function serve<N extends object>(port: Port, run: (name: string, args: unknown[]) => unknown): <K extends keyof N>(name: K, value: N[K]) => void {
  port.onmessage = async ({ data }: MessageEvent<Letter>) => {
    if (!("call" in data)) return;
    try {
      port.postMessage({ answer: data.call, value: await run(data.name, data.args) } satisfies Answer);
    } catch (why) {
      const known = why instanceof Refusal;
      port.postMessage({ answer: data.call, fault: known ? why.fault : "refused", detail: String(known ? why.detail : why) } satisfies Answer);
    }
  };
  return (name, value) => port.postMessage({ news: name as string, value } satisfies News);
}

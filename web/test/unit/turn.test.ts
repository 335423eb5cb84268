// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Means, takeTurn } from "../../src/core/turn.ts";

type Hold = () => Promise<void>;

/** One lock, as the specification of Web Locks has it, and a channel, both within this process. */
class Browser {
  private holder: { fail: (why: unknown) => void } | undefined;
  private queue: { hold: Hold; done: () => void; fail: (why: unknown) => void }[] = [];
  private readonly channels = new Set<{ onmessage: ((event: MessageEvent) => void) | null }>();

  private next(): void {
    const first = this.holder ? undefined : this.queue.shift();
    if (!first) return;
    this.holder = first;
    void Promise.resolve().then(first.hold).then(() => {
      if (this.holder !== first) return;
      this.holder = undefined;
      first.done();
      this.next();
    });
  }

  private request = (_name: string, options: LockOptions, hold: Hold): Promise<void> =>
    new Promise((done, fail) => {
      const one = { hold, done, fail };
      if (options.steal) {
        this.holder?.fail(new DOMException("stolen", "AbortError"));
        this.holder = undefined;
        this.queue.unshift(one);
      } else this.queue.push(one);
      options.signal?.addEventListener("abort", () => {
        if (!this.queue.includes(one)) return;
        this.queue = this.queue.filter((each) => each !== one);
        fail(new DOMException("aborted", "AbortError"));
      });
      this.next();
    });

  means = (): Means => ({
    locks: { request: this.request } as unknown as LockManager,
    channel: () => {
      const made = {
        onmessage: null as ((event: MessageEvent) => void) | null,
        postMessage: (data: unknown) => {
          for (const one of this.channels) if (one !== made) queueMicrotask(() => one.onmessage?.({ data } as MessageEvent));
        },
        close: () => void this.channels.delete(made),
      };
      this.channels.add(made);
      return made;
    },
  });
}

describe("the turn of workers", () => {
  let browser: Browser;
  let log: string[];
  beforeEach(() => {
    vi.useFakeTimers();
    [browser, log] = [new Browser(), []];
  });
  afterEach(() => vi.useRealTimers());

  const worker = (name: string, leaving: Promise<void> = Promise.resolve()): void =>
    void takeTurn(async (kept) => {
      log.push(`${name} leaves${kept ? "" : ", robbed"}`);
      await leaving;
      log.push(`${name} has left`);
    }, browser.means()).then(() => log.push(`${name} begins`));

  it("is there at once for who is alone", async () => {
    worker("a");
    await vi.advanceTimersByTimeAsync(1);
    expect(log).toEqual(["a begins"]);
  });

  it("goes to who comes last, when the one before has left in order", async () => {
    let let_go: () => void = () => undefined;
    worker("a", new Promise((resolve) => { let_go = resolve; }));
    await vi.advanceTimersByTimeAsync(1);
    worker("b");
    await vi.advanceTimersByTimeAsync(3000);
    expect(log).toEqual(["a begins", "a leaves"]);
    let_go();
    await vi.advanceTimersByTimeAsync(1);
    expect(log).toEqual(["a begins", "a leaves", "a has left", "b begins"]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(log).toHaveLength(4);
  });

  it("is had by one of three that start together, one after the other, and stays with the last", async () => {
    for (const name of ["a", "b", "c"]) worker(name);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(log.filter((one) => one.endsWith("begins"))).toEqual(["a begins", "b begins", "c begins"]);
    let inside = 0;
    for (const one of log) {
      if (one.endsWith("begins")) inside++;
      if (one.endsWith("has left")) inside--;
      expect(inside).toBeLessThanOrEqual(1);
    }
    expect(inside).toBe(1);
  });

  it("is taken from who does not answer, and it hears that it has nothing to write any more", async () => {
    worker("asleep", new Promise(() => undefined));
    await vi.advanceTimersByTimeAsync(1);
    log.length = 0;
    worker("b");
    await vi.advanceTimersByTimeAsync(7000);
    expect(log).toEqual(["asleep leaves"]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(log).toEqual(["asleep leaves", "b begins"]);
  });

  it("is given where there are no locks", async () => {
    let begun = false;
    await takeTurn(async () => undefined, { ...browser.means(), locks: undefined }).then(() => { begun = true; });
    expect(begun).toBe(true);
  });
});

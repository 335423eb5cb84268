// SPDX-License-Identifier: Apache-2.0
// One worker at a time: workers of different builds, or of different tabs where there is no SharedWorker, must never use the same
// account, its name towards the server (XEP-0388) and its place on the disk together. The accounts lie in one database, so there is
// one lock (Web Locks) for all. Who comes last gets it: it is of the page that was loaded last. The one before is asked to leave, and
// when it does not answer (a tab that the system has frozen), the lock is taken from it; it hears of that when it wakes up.

const NAME = "parley";
const ASK_EVERY = 500; // ms
const PATIENCE = 8000; // ms for the one before to leave in order

export interface Means {
  locks: Pick<LockManager, "request"> | undefined;
  channel: () => Pick<BroadcastChannel, "postMessage" | "onmessage" | "close">;
}

const browser: Means = { locks: (navigator as { locks?: LockManager }).locks, channel: () => new BroadcastChannel(NAME) };

/** Resolves when this worker may begin. `leave` is called once when another wants to: nothing is used any more when it resolves. `kept`: what is on the disk is still ours to write. */
export function takeTurn(leave: (kept: boolean) => Promise<void>, { locks, channel: open } = browser): Promise<void> {
  if (!locks) return Promise.resolve(); // not a secure context
  const channel = open();
  const queue = new AbortController();
  let ending: Promise<void> | undefined;
  const end = (kept: boolean): Promise<void> => (ending ??= leave(kept).finally(() => channel.close()));

  return new Promise((begin) => {
    let ours = false;
    const hold = (): Promise<void> => {
      ours = true;
      clearInterval(asking);
      clearTimeout(patience);
      return new Promise((release) => {
        channel.onmessage = ({ data }: MessageEvent) => void (data === "wanted" && end(true).then(release));
        begin();
      });
    };
    const want = (options: LockOptions): Promise<void> => locks.request(NAME, options, hold).catch(() => {
      if (ours) void end(false); // it was taken from us
    });
    const ask = (): void => channel.postMessage("wanted");
    const asking = setInterval(ask, ASK_EVERY);
    const patience = setTimeout(() => {
      queue.abort();
      void want({ steal: true });
    }, PATIENCE);
    void want({ signal: queue.signal });
    ask();
  });
}

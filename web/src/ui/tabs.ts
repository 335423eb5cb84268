// SPDX-License-Identifier: Apache-2.0
// Where there is no SharedWorker: the tabs choose one that leads, by a Web Lock; its worker serves all of them. When that tab goes, the
// next one leads; one that the system has frozen is replaced as soon as somebody looks at another.
import type { Letter, Port } from "../shared/rpc.ts";
import type { Word } from "../shared/tabs.ts";

const PATIENCE = 5000; // ms for the worker to answer

/** `name` of channel and lock; `start` makes the worker. What comes goes to `port`, beginning anew with the news "again". */
export function join(name: string, port: Port, start: () => Worker): (letter: Letter) => void {
  const channel = new BroadcastChannel(name);
  const own = crypto.randomUUID();
  const queue: Letter[] = [];
  const open = new Set<number>();
  let [worker, timer] = [undefined as string | undefined, undefined as ReturnType<typeof setTimeout> | undefined];
  let turn = new AbortController();
  let leads = false;

  const say = (word: Word): void => channel.postMessage(word);
  const take = (letter: Letter): void => port.onmessage?.(new MessageEvent("message", { data: letter }));

  /** What the one before was asked is answered by nobody any more. */
  function begin(id: string): void {
    const isFirst = worker === undefined;
    worker = id;
    for (const letter of queue.splice(0)) say({ from: own, to: id, letter });
    if (isFirst) return;
    for (const answer of open) take({ answer, fault: "timeout" });
    open.clear();
    take({ news: "again", value: true });
  }

  channel.onmessage = ({ data }: MessageEvent<Word>) => {
    if ("here" in data) {
      clearTimeout(timer);
      timer = undefined;
      if (data.here !== worker) begin(data.here);
    } else if ("to" in data && data.to === own && data.from === worker) {
      const letter = data.letter as Letter;
      if ("answer" in letter) open.delete(letter.answer);
      take(letter);
    }
  };

  function lead(options: LockOptions): void {
    let made: Worker | undefined;
    const hold = (): Promise<never> => {
      leads = true;
      made = start();
      return new Promise(() => undefined);
    };
    navigator.locks.request(name, options, hold).catch(() => {
      if (!made) return;
      made.terminate(); // another tab leads now
      leads = false;
      turn = new AbortController();
      lead({ signal: turn.signal });
    });
  }

  /** Whether there is a worker that answers; who is looked at does not wait for one that sleeps. */
  function look(): void {
    if (document.visibilityState !== "visible" || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      if (leads) return;
      turn.abort();
      lead({ steal: true });
    }, PATIENCE);
    say({ who: true });
  }

  lead({ signal: turn.signal });
  look();
  addEventListener("visibilitychange", look);

  return (letter) => {
    if ("call" in letter) open.add(letter.call);
    if (worker) say({ from: own, to: worker, letter });
    else queue.push(letter);
  };
}

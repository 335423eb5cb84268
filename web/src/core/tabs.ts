// SPDX-License-Identifier: Apache-2.0
// The worker of the tab that leads: pages of all tabs reach it over a channel, each as if it had a port of its own.
import type { Port } from "../shared/rpc.ts";
import type { Word } from "../shared/tabs.ts";

/** Serves the pages on this channel as long as the worker lives. */
export function lead(name: string, attach: (port: Port) => void): void {
  const channel = new BroadcastChannel(name);
  const own = crypto.randomUUID();
  const pages = new Map<string, Port>();
  const say = (word: Word): void => channel.postMessage(word);

  function pageOf(id: string): Port {
    const known = pages.get(id);
    if (known) return known;
    const made: Port = { postMessage: (letter) => say({ from: own, to: id, letter }), onmessage: null };
    pages.set(id, made);
    attach(made);
    return made;
  }

  channel.onmessage = ({ data }: MessageEvent<Word>) => {
    if ("who" in data) say({ here: own });
    else if ("to" in data && data.to === own) pageOf(data.from).onmessage?.(new MessageEvent("message", { data: data.letter }));
  };
  say({ here: own });
}

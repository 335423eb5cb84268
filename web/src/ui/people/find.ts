// SPDX-License-Identifier: Apache-2.0
// People by what is typed of their names: those of my rooms, and the directory of the server.
import { useEffect, useState } from "preact/hooks";
import type { FoundPerson } from "../../shared/people.ts";
import { core } from "../core.ts";
import { me } from "../state.ts";

const PAUSE = 250; // ms without a key, before anybody is asked
const ASK_FROM = 2; // letters, before the directory is

async function find(words: string): Promise<FoundPerson[]> {
  const [near, listed] = await Promise.all([
    core.roomPeople(words).catch(() => []),
    words.length < ASK_FROM ? [] : core.findPeople(words).catch(() => []), // without it there are the rooms
  ]);
  return [...new Map([...near, ...listed].map((one) => [one.jid, one])).values()];
}

/** Who fits; nothing for words that are not asked for (undefined). What comes late for other words is not shown. */
export function usePeople(words: string | undefined): FoundPerson[] {
  const isOnline = me.value?.state === "online";
  const [found, setFound] = useState<{ words: string; people: FoundPerson[] }>({ words: "", people: [] });
  useEffect(() => {
    if (words === undefined) return undefined;
    const timer = setTimeout(() => void find(words).then((people) => setFound({ words, people })), words ? PAUSE : 0);
    return () => clearTimeout(timer);
  }, [words, isOnline]);
  return found.words === words ? found.people : [];
}

// SPDX-License-Identifier: Apache-2.0
// The list over the field: people, rooms, emoji, commands.
import { useEffect, useState } from "preact/hooks";
import type { Conversation } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { Avatar } from "../kit/Avatar.tsx";
import { useListbox } from "../kit/Listbox.tsx";
import { type Command, ownCommands, remoteCommands } from "./commands.ts";
import { type Trigger, best } from "./complete.ts";
import { type Candidate, candidates, roomCandidates } from "./people.ts";

const MOST = 8;

export type Choice = { kind: "candidate"; candidate: Candidate } | { kind: "command"; command: Command } | { kind: "emoji"; emoji: string; name: string };

/** Emoji by their names; the names are fetched with the first colon. */
function useEmoji(word: string | undefined): Choice[] {
  const [found, setFound] = useState<Choice[]>([]);
  useEffect(() => {
    let isHere = true;
    if (word === undefined) setFound([]);
    else void Promise.all([import("../emoji/data.ts"), import("../text/shortnames.ts")]).then(async ([data, names]) => {
      const short = names.findEmoji(word).map(({ emoji, name }) => ({ kind: "emoji" as const, emoji, name: `:${name}:` }));
      const more = data.findEmoji(await data.loadEmoji(), word).slice(0, MOST).map(({ emoji, name }) => ({ kind: "emoji" as const, emoji, name }));
      if (isHere) setFound([...new Map([...short, ...more].map((one) => [one.emoji, one])).values()].slice(0, MOST));
    });
    return () => { isHere = false; };
  }, [word]);
  return found;
}

/** Nicks of a room, while somebody is being named. */
function useNicks(wants: boolean, here: Conversation): string[] {
  const [nicks, setNicks] = useState<string[]>([]);
  useEffect(() => {
    let isHere = true;
    if (wants && here.kind === "room") core.nicks(here.jid).then((all) => isHere && setNicks(all), () => undefined); // who has spoken is known without
    return () => { isHere = false; };
  }, [wants, here.jid]);
  return nicks;
}

function useChoices(trigger: Trigger | undefined, here: Conversation): Choice[] {
  const [remote, setRemote] = useState<Command[]>([]);
  const wants = trigger?.kind === "command";
  useEffect(() => {
    let isHere = true;
    if (wants) void remoteCommands(here.jid).then((list) => isHere && setRemote(list));
    return () => { isHere = false; };
  }, [wants, here.jid]);
  const emoji = useEmoji(trigger?.kind === "emoji" ? trigger.word : undefined);
  const nicks = useNicks(trigger?.kind === "person", here);
  if (!trigger) return [];
  if (trigger.kind === "command") return best([...ownCommands(here), ...remote], trigger.word, (one) => [one.name, one.help], 12).map((command) => ({ kind: "command", command }));
  if (trigger.kind === "emoji") return emoji;
  return best(trigger.kind === "person" ? candidates(here.jid, nicks) : roomCandidates(), trigger.word, (one) => [one.name, one.jid, ...(one.also?.split(" ") ?? [])]).map((candidate) => ({ kind: "candidate", candidate }));
}

/** Keys for the field, what it says of the list, and the list. */
export function useCompletion(trigger: Trigger | undefined, here: Conversation, choose: (choice: Choice) => void, close: () => void) {
  const choices = useChoices(trigger, here);
  const box = useListbox({
    count: choices.length, query: `${trigger?.kind} ${trigger?.word}`, tab: true, onClose: close,
    onChoose: (place) => { const one = choices[place]; if (one) choose(one); },
  });
  const popup = choices.length > 0 ? { list: box.list.id, active: box.field["aria-activedescendant"] } : undefined;
  const list = choices.length > 0 && (
    <div {...box.list} class="menu complete" aria-label={t("composer.completions")}>
      {choices.map((one, place) => (
        <div key={one.kind === "candidate" ? `${one.candidate.kind} ${one.candidate.jid}` : one.kind === "emoji" ? one.emoji : `${one.command.name} ${one.command.usage}`} {...box.option(place)} class="complete-row">
          {one.kind === "candidate" ? (
            <>
              <Avatar jid={one.candidate.jid} name={one.candidate.name} kind={one.candidate.kind === "person" ? "chat" : "room"} size={24} />
              <span class="ellipsis"><bdi>{one.candidate.name}</bdi></span>
            </>
          ) : one.kind === "emoji" ? (
            <>
              <span class="e">{one.emoji}</span>
              <span class="ellipsis muted">{one.name}</span>
            </>
          ) : (
            <>
              <b>/{one.command.name}</b>
              <span class="ellipsis muted">{one.command.help}</span>
            </>
          )}
        </div>
      ))}
    </div>
  );
  return { onKeyDown: (event: KeyboardEvent): boolean => choices.length > 0 && box.onKeyDown(event), popup, list };
}

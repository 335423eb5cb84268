// SPDX-License-Identifier: Apache-2.0
// Reactions under a message: a press joins in or leaves, the names are in the title, in the description and in a card.
import type { Message, Sender } from "../../shared/types.ts";
import { listText, t } from "../../i18n/index.ts";
import { IconButton } from "../kit/IconButton.tsx";
import { Avatar } from "../kit/Avatar.tsx";
import { openPopover } from "../kit/Popover.tsx";
import { cleanLine } from "../text/index.ts";
import { openReactions, toggleReaction } from "./Tools.tsx";
import { faceOf } from "./faces.ts";

const NAMED = 12; // names in a title
const LISTED = 200; // in the card

const nameOf = (one: Sender): string => (one.mine ? t("message.you") : cleanLine(one.name));

/** "You, Oskar and 3 more" */
export function namesOf(people: readonly Sender[]): string {
  const names = people.toSorted((a, b) => Number(b.mine) - Number(a.mine)).slice(0, NAMED).map(nameOf);
  const more = people.length - names.length;
  return listText(more > 0 ? [...names, t("message.more-people", { n: more })] : names);
}

/** Everybody who chose something, emoji by emoji. */
export function openWho(message: Message, anchor: HTMLElement): void {
  openPopover(anchor, {
    label: t("message.who-reacted"), class: "reactors-pop",
    content: () => (
      <div class="reactors scroll" tabIndex={0} role="group" aria-label={t("message.who-reacted")}>
        {Object.entries(message.reactions).map(([emoji, people]) => (
          <section key={emoji}>
            <h3><span class="e">{emoji}</span> {people.length}</h3>
            <ul>
              {people.slice(0, LISTED).map((one) => <li key={one.occupant ?? one.jid}><Avatar jid={one.jid} name={one.name} size={24} picture={faceOf(one.jid.split("/")[0] ?? "", one)} /><span class="ellipsis"><bdi>{nameOf(one)}</bdi></span></li>)}
              {people.length > LISTED && <li class="muted">{t("message.more-people", { n: people.length - LISTED })}</li>}
            </ul>
          </section>
        ))}
      </div>
    ),
  });
}

/** The row of them. */
export function Reactions({ message }: { message: Message }) {
  const all = Object.entries(message.reactions);
  if (all.length === 0) return null;
  return (
    <div class="reacts">
      {all.map(([emoji, people]) => {
        const mine = people.some((one) => one.mine);
        return (
          <button
            key={emoji} type="button" class="react" aria-pressed={mine} title={t("message.reacted", { names: namesOf(people), emoji })}
            aria-label={t(mine ? "message.reaction-mine" : "message.reaction", { emoji, n: people.length })} aria-description={namesOf(people)}
            onClick={() => toggleReaction(message, emoji)}
            onContextMenu={(event) => { event.preventDefault(); openWho(message, event.currentTarget); }}
          >
            <span class="e" aria-hidden="true">{emoji}</span>{people.length}
          </button>
        );
      })}
      <IconButton icon="react" name={t("message.react")} class="react add" onClick={(event) => openReactions(message, event.currentTarget)} />
    </div>
  );
}

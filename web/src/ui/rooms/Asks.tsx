// SPDX-License-Identifier: Apache-2.0
// Invitations, and what people ask of rooms where I decide: a card each, with a yes and a no.
import type { Ask } from "../../shared/rooms.ts";
import type { Jid } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { Avatar } from "../kit/Avatar.tsx";
import { Button } from "../kit/Button.tsx";
import { tried } from "../people/tried.ts";
import { go, pathOf } from "../router.ts";
import { row } from "../state.ts";
import { asks } from "./state.ts";
import "../styles/views-room.css";

async function answer(ask: Ask, accept: boolean): Promise<void> {
  const password = await core.answerAsk(ask.id, accept);
  if (ask.kind !== "invited") return;
  if (!accept) {
    if (row(ask.room)) await core.leave(ask.room);
    return;
  }
  if (password) await core.joinRoom(ask.room, { password });
  go(pathOf(ask.room));
  await core.stay(ask.room);
}

function AskCard({ ask }: { ask: Ask }) {
  const { kind, room, roomName, who, whoName, reason } = ask;
  return (
    <li class="ask" aria-label={t(`ask.${kind}`, { name: whoName, room: roomName })}>
      <Avatar jid={kind === "invited" ? room : who} name={kind === "invited" ? roomName : whoName} kind={kind === "invited" ? "room" : "chat"} size={40} picture={row(kind === "invited" ? room : who)?.avatar} />
      <div class="grow">
        <p><bdi>{t(`ask.${kind}`, { name: whoName, room: roomName })}</bdi></p>
        <p class="help wrap"><bdi>{kind === "invited" ? room : who}</bdi></p>
        {reason && <p class="second wrap" dir="auto">{reason}</p>}
      </div>
      <div class="line">
        <Button size="s" kind="primary" onClick={() => tried(answer(ask, true))}>{t("people.accept")}</Button>
        <Button size="s" onClick={() => tried(answer(ask, false))}>{t("people.decline")}</Button>
      </div>
    </li>
  );
}

/** All of them, or those of one room. */
export function Asks({ room }: { room?: Jid | undefined }) {
  const shown = asks.value.filter((one) => !room || one.room === room);
  return <ul class="asks" aria-label={t("people.requests")}>{shown.map((one) => <AskCard key={one.id} ask={one} />)}</ul>;
}

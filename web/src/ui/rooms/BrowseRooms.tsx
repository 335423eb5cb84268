// SPDX-License-Identifier: Apache-2.0
// Public rooms of this server: search, look, enter.
import { useEffect, useRef, useState } from "preact/hooks";
import type { FoundRoom } from "../../shared/rooms.ts";
import { Refusal } from "../../shared/rpc.ts";
import { t } from "../../i18n/index.ts";
import { BackBar } from "../app/BackBar.tsx";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { Avatar } from "../kit/Avatar.tsx";
import { Button } from "../kit/Button.tsx";
import { Tag } from "../kit/Badge.tsx";
import { Notice } from "../kit/Notice.tsx";
import { go, pathOf } from "../router.ts";
import { row } from "../state.ts";
import { NewRoom } from "./NewRoom.tsx";

const PAUSE = 250; // ms of no key before it is asked

function FoundRow({ room }: { room: FoundRoom }) {
  const isIn = row(room.jid)?.affiliation !== undefined && row(room.jid)?.affiliation !== "none";
  const enter = (): void => {
    go(pathOf(room.jid));
    if (!isIn) void core.stay(room.jid);
  };
  return (
    <li class="found-room">
      <Avatar jid={room.jid} name={room.name} kind="room" size={40} />
      <div class="grow">
        <b><bdi>{room.name}</bdi></b> {!room.isOpen && <Tag icon="lock">{t("rooms.members-only")}</Tag>}
        <p class="second" dir="auto">{room.description}</p>
        {room.people !== undefined && <p class="caption muted">{t("rooms.people", { n: room.people })}</p>}
      </div>
      <Button onClick={enter}>{isIn ? t("rooms.open") : t("rooms.enter")}</Button>
    </li>
  );
}

/** The view at /rooms. */
export function BrowseRooms() {
  const [words, setWords] = useState("");
  const [found, setFound] = useState<{ rooms: FoundRoom[]; next?: string } | undefined>(undefined);
  const [fault, setFault] = useState<string | undefined>(undefined);
  const [isNew, setNew] = useState(false);
  const asked = useRef(0);
  const ask = (after?: string): void => {
    const turn = ++asked.current;
    core.publicRooms(words.trim(), after).then((page) => {
      if (turn !== asked.current) return;
      setFault(undefined);
      setFound((before) => (after && before ? { ...page, rooms: [...before.rooms, ...page.rooms] } : page));
    }, (why: unknown) => setFault(faultText(why instanceof Refusal ? why.fault : "refused")));
  };
  useEffect(() => {
    const timer = setTimeout(() => ask(), words ? PAUSE : 0);
    return () => clearTimeout(timer);
  }, [words]);
  return (
    <main class="main page scroll">
      <BackBar />
      <div class="page-in">
        <div class="line spread">
          <h1>{t("rooms.title")}</h1>
          <Button icon="plus" onClick={() => setNew(true)}>{t("rooms.new")}</Button>
        </div>
        <div class="field">
          <label for="room-words">{t("rooms.search")}</label>
          <input id="room-words" type="search" class="input" value={words} onInput={(event) => setWords(event.currentTarget.value)} />
        </div>
        {fault && <Notice tint="danger" icon="warning">{fault}</Notice>}
        <ul class="found-rooms" aria-label={t("rooms.title")}>{found?.rooms.map((room) => <FoundRow key={room.jid} room={room} />)}</ul>
        {found && found.rooms.length === 0 && <p class="muted">{words ? t("rooms.nothing") : t("rooms.none")}</p>}
        {found?.next && <Button onClick={() => ask(found.next)}>{t("rooms.more")}</Button>}
      </div>
      {isNew && <NewRoom onClose={() => setNew(false)} />}
    </main>
  );
}

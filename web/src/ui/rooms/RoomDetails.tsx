// SPDX-License-Identifier: Apache-2.0
// A room beside its messages: what it is, how it may call for me, who is asked in, the way out; and its settings for who owns it.
import { useEffect, useState } from "preact/hooks";
import type { RoomInfo } from "../../shared/rooms.ts";
import type { Conversation, Jid, Notify } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { Avatar } from "../kit/Avatar.tsx";
import { Button } from "../kit/Button.tsx";
import { confirm } from "../kit/Dialog.tsx";
import { Select } from "../kit/Field.tsx";
import { Icon, type IconName } from "../kit/Icon.tsx";
import { Notice } from "../kit/Notice.tsx";
import { tried } from "../people/tried.ts";
import { go } from "../router.ts";
import { row } from "../state.ts";
import { InviteField } from "./InviteField.tsx";
import { openRoomSettings } from "./open.ts";
import "../styles/views-room.css";

const LEVELS = ["all", "mention", "never"] as const;
const WORDS: [feature: string, icon: IconName, text: "room-details.members-only" | "room-details.password" | "room-details.moderated" | "room-details.public" | "room-details.addresses"][] = [
  ["muc_public", "globe", "room-details.public"], ["muc_membersonly", "lock", "room-details.members-only"], ["muc_passwordprotected", "key", "room-details.password"],
  ["muc_moderated", "megaphone", "room-details.moderated"], ["muc_nonanonymous", "eye", "room-details.addresses"],
];

async function leave(here: Conversation): Promise<void> {
  if (!(await confirm({ title: t("room-details.leave-title", { name: here.name }), text: t("room-details.leave-text"), action: t("room-details.leave"), danger: true }))) return;
  tried(core.leave(here.jid).then(() => go("/"), (why: { fault?: string }) => {
    if (why.fault !== "conflict") throw why;
    return confirm({ title: t("room-details.last-owner-title"), text: t("room-details.last-owner"), action: t("kit.close") }).then(() => undefined);
  }));
}

function Facts({ info }: { info: RoomInfo }) {
  return (
    <>
      {info.description && <p class="wrap" dir="auto">{info.description}</p>}
      <ul class="words">
        {WORDS.filter(([feature]) => info.features.includes(feature)).map(([feature, icon, text]) => <li key={feature}><Icon name={icon} size="s" />{t(text)}</li>)}
      </ul>
    </>
  );
}

/** The inside of the pane. */
export function RoomDetails({ jid: room }: { jid: Jid }) {
  const [info, setInfo] = useState<RoomInfo | undefined>(undefined);
  const [fault, setFault] = useState<string | undefined>(undefined);
  const here = row(room);
  useEffect(() => {
    core.roomInfo(room).then(setInfo, (why: { fault?: "not-there" }) => setFault(faultText(why.fault ?? "refused")));
  }, [room, here?.name, here?.avatar]);
  if (!here) return null;
  return (
    <div class="pane-body room-details scroll">
      <div class="stack middle">
        <Avatar jid={room} name={here.name} kind="room" size={80} picture={here.avatar} />
        <h3><bdi>{here.name}</bdi></h3>
        <p class="muted small wrap"><bdi>{room}</bdi></p>
      </div>
      {fault && <Notice tint="danger" icon="warning">{fault}</Notice>}
      {here.subject && <p class="second wrap" dir="auto">{here.subject}</p>}
      {info && <Facts info={info} />}
      <Select
        shown name={t("room-details.notify")} value={here.notify ?? "mention"} options={LEVELS.map((value) => ({ value, label: t(`room-details.notify-${value}`) }))}
        onChange={(notify: Notify) => tried(core.arrange(room, { notify: notify === "mention" ? null : notify, mutedUntil: null }))}
      />
      {here.joined && <InviteField room={room} />}
      <div class="stack">
        {here.affiliation === "owner" && <Button icon="settings" block onClick={() => openRoomSettings(room)}>{t("room-details.settings")}</Button>}
        <Button icon="logout" kind="danger" block onClick={() => void leave(here)}>{t("room-details.leave")}</Button>
      </div>
    </div>
  );
}

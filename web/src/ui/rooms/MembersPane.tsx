// SPDX-License-Identifier: Apache-2.0
// Who is in a room, with what one may do about them. A virtual list: a hundred thousand open as fast as ten.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Member } from "../../shared/rooms.ts";
import { Refusal } from "../../shared/rpc.ts";
import type { Conversation, Jid } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { Avatar } from "../kit/Avatar.tsx";
import { Tag } from "../kit/Badge.tsx";
import { confirm } from "../kit/Dialog.tsx";
import { type MenuEntry, MenuIconButton } from "../kit/Menu.tsx";
import { toast } from "../kit/Toast.tsx";
import { type ListHandle, VirtualData } from "../message/virtual.ts";
import { openPerson } from "../people/open.ts";
import { go, pathOf } from "../router.ts";
import { faceOf } from "../message/faces.ts";
import { row } from "../state.ts";
import { InviteField } from "./InviteField.tsx";
import { members, totals, watch } from "./members.ts";
import { type MemberItem, memberItems, memberName } from "./order.ts";

const NEAR = 50; // rows from the end of what is here at which more is asked for

const RANK = { owner: 3, admin: 2, member: 1, none: 0, outcast: -1 };

const tried = (done: Promise<unknown>): void => void done.catch((why: unknown) => toast(faultText(why instanceof Refusal ? why.fault : "refused"), { icon: "warning" }));

async function ban(room: Jid, member: Member): Promise<void> {
  const sure = await confirm({ title: t("members.ban-title", { name: memberName(member) }), text: t("members.ban-text"), action: t("members.ban"), danger: true });
  if (sure && member.jid) tried(core.setAffiliation(room, member.jid, "outcast"));
}

/** What I may do about somebody (XEP-0045, 5.1.2 and 5.2.2). */
function actions(here: Conversation, member: Member): (MenuEntry | false)[] {
  const [mine, theirs] = [RANK[here.affiliation ?? "none"], RANK[member.affiliation]];
  const { jid, nick } = member;
  const over = mine > theirs || mine === 3;
  const moderates = here.role === "moderator" && nick !== undefined && (over || theirs <= 0) && !member.mine;
  const admin = mine >= 2 && over && jid !== undefined && !member.mine;
  const set = (affiliation: Member["affiliation"]) => (): void => { if (jid) tried(core.setAffiliation(here.jid, jid, affiliation)); };
  return [
    jid !== undefined && !member.mine && { label: t("members.message"), icon: "chat", run: () => go(pathOf(jid)) },
    moderates && member.role === "visitor" && { label: t("members.voice"), icon: "mic", run: () => tried(core.setRole(here.jid, nick, "participant")) },
    moderates && member.role === "participant" && { label: t("members.no-voice"), icon: "mic-off", run: () => tried(core.setRole(here.jid, nick, "visitor")) },
    admin && member.affiliation === "none" && { label: t("members.make-member"), icon: "person-plus", run: set("member") },
    admin && member.affiliation === "outcast" && { label: t("members.unban"), run: set("none") },
    admin && mine === 3 && theirs >= 0 && theirs !== 2 && { label: t("members.make-admin"), icon: "shield", run: set("admin") },
    admin && mine === 3 && theirs >= 0 && theirs !== 3 && { label: t("members.make-owner"), icon: "key", run: set("owner") },
    admin && theirs > 1 && { label: t("members.make-member"), icon: "person", run: set("member") },
    moderates && { label: t("members.kick"), icon: "person-minus", danger: true, run: () => tried(core.setRole(here.jid, nick, "none")) },
    admin && theirs === 1 && { label: t("members.remove"), icon: "person-minus", danger: true, run: set("none") },
    admin && theirs >= 0 && { label: t("members.ban"), icon: "block", danger: true, run: () => void ban(here.jid, member) },
  ];
}

function PersonRow({ here, member }: { here: Conversation; member: Member }) {
  const name = memberName(member);
  const items = actions(here, member).filter((one) => one !== false);
  return (
    <div class="person">
      <Avatar jid={member.jid ?? member.id} name={name} size={32} presence={member.availability} picture={faceOf(here.jid, { jid: member.jid ?? member.id, mine: member.mine, ...(member.occupant ? { occupant: member.occupant } : {}) })} />
      <div class="who">
        <div>
          <button type="button" class="name-button" aria-haspopup="dialog" onClick={(event) => void openPerson(event.currentTarget, member.jid ?? member.id, name)}><bdi>{name}</bdi></button>
          {member.mine && <span class="muted">{t("members.you")}</span>}
          {member.hats.map((hat) => <Tag key={hat}>{hat}</Tag>)}
        </div>
        <div class="ellipsis"><bdi>{member.reason ?? member.status ?? t(`availability.${member.availability}`)}</bdi></div>
      </div>
      {items.length > 0 && <MenuIconButton icon="more" name={t("members.actions", { name })} menu={() => ({ label: name, items })} />}
    </div>
  );
}

function ItemRow({ item, here }: { item: MemberItem; here: Conversation }) {
  if (item.kind === "head") return <h3 class="person-head">{t(`members.${item.section}`)} <span class="muted num">{item.count}</span></h3>;
  return <PersonRow here={here} member={item.member} />;
}

/** Asks for the next page of a long list when one comes near the end of what is here, and for all of it to look for words. */
function useMore(room: Jid, items: MemberItem[], words: string) {
  const list = useRef<ListHandle>(null);
  const known = totals(room).value;
  const edge = useMemo(() => items.findLastIndex((one) => one.kind === "member" && known[one.member.affiliation] !== undefined), [items, known]);
  const isPart = Object.keys(known).length > 0;
  const look = (): void => {
    const handle = list.current;
    if (isPart && handle && handle.findItemIndex(handle.scrollOffset + handle.viewportSize) >= edge - NEAR) void core.moreMembers(room, false);
  };
  const isAll = isPart && words.trim() !== "";
  useEffect(() => {
    if (isAll) void core.moreMembers(room, true);
  }, [room, isAll]);
  return { list, look };
}

/** The inside of the pane. */
export function MembersPane({ jid: room }: { jid: Jid }) {
  const [words, setWords] = useState("");
  useEffect(() => watch(room), [room]);
  const all = members(room).value;
  const known = totals(room).value;
  const items = useMemo(() => memberItems(all?.values() ?? [], words, known), [all, words, known]);
  const { list, look } = useMore(room, items, words);
  const here = row(room);
  if (!here) return null;
  return (
    <div class="members">
      <div class="field">
        <label class="sr-only" for="member-words">{t("members.search")}</label>
        <input id="member-words" type="search" class="input" placeholder={t("members.search")} value={words} onInput={(event) => setWords(event.currentTarget.value)} />
      </div>
      {RANK[here.affiliation ?? "none"] > 0 && <InviteField room={room} />}
      <VirtualData ref={list} class="members-list scroll" data={items} onScroll={look}>{(item) => <ItemRow key={item.kind === "head" ? item.section : item.member.id} item={item} here={here} />}</VirtualData>
    </div>
  );
}

// SPDX-License-Identifier: Apache-2.0
// The view at /people: who asks, contacts, the directory, the blocked.
import { useState } from "preact/hooks";
import type { FoundPerson, Request } from "../../shared/people.ts";
import { t } from "../../i18n/index.ts";
import { wholeAddress } from "../address.ts";
import { BackBar } from "../app/BackBar.tsx";
import { showCode } from "../codes/open.ts";
import { core } from "../core.ts";
import { Avatar } from "../kit/Avatar.tsx";
import { Button } from "../kit/Button.tsx";
import { conversations, me, row } from "../state.ts";
import { pathOf } from "../router.ts";
import { openCard } from "./ProfileCard.tsx";
import { Asks } from "../rooms/Asks.tsx";
import { asks } from "../rooms/state.ts";
import { copied } from "./copied.ts";
import { usePeople } from "./find.ts";
import { blocked, requests } from "./state.ts";
import { Strangers } from "./Strangers.tsx";
import { tried } from "./tried.ts";

function RequestRow({ one }: { one: Request }) {
  return (
    <li class="ask">
      <Avatar jid={one.jid} name={one.name} size={40} />
      <div class="grow">
        <p class="wrap"><b><bdi>{one.name}</bdi></b> <span class="muted"><bdi>{one.jid}</bdi></span></p>
        <p class="second wrap" dir="auto">{one.text ?? t("people.asks")}</p>
      </div>
      <div class="line">
        <Button size="s" kind="primary" onClick={() => tried(Promise.resolve(core.answerRequest(one.jid, true)))}>{t("people.accept")}</Button>
        <Button size="s" onClick={() => tried(Promise.resolve(core.answerRequest(one.jid, false)))}>{t("people.decline")}</Button>
        <Button size="s" kind="danger" onClick={() => tried(core.block(one.jid, "spam").then(() => core.answerRequest(one.jid, false)))}>{t("person.block")}</Button>
      </div>
    </li>
  );
}

function PersonLine({ one, children }: { one: FoundPerson; children?: preact.ComponentChildren }) {
  return (
    <li class="found-room">
      <Avatar jid={one.jid} name={one.name} size={40} picture={row(one.jid)?.avatar} presence={row(one.jid)?.availability} />
      <button type="button" class="grow name-button" onClick={(event) => openCard(event.currentTarget, one.jid, one.name)}>
        <b><bdi>{one.name}</bdi></b> <span class="muted"><bdi>{one.jid}</bdi></span>
      </button>
      {children}
    </li>
  );
}

/** A link for somebody who is not here yet; a code of it, to be scanned from this screen. */
function InviteButton() {
  const make = (): void => tried(core.invitePerson().then(({ token, makesAccount }) => {
    const link = `${location.origin}/i/${token}`;
    copied(link, t("people.invited"));
    showCode(t("people.invite"), link, t(makesAccount ? "people.invite-account" : "people.invite-contact"));
  }));
  return <Button icon="link" onClick={make}>{t("people.invite")}</Button>;
}

/** People of this account. */
export function People() {
  const [words, setWords] = useState("");
  const found = usePeople(words.trim()).filter((one) => one.jid !== me.value?.jid && !row(one.jid)?.contact);
  const address = wholeAddress(words, me.value?.jid.split("@")[1] ?? "");
  const typed = words.trim().toLowerCase();
  const contacts = conversations.value.filter((one) => one.kind === "chat" && one.contact && (!typed || one.name.toLowerCase().includes(typed) || one.jid.includes(typed)));
  const add = (jid: string): void => tried(core.addContact(jid), t("person.added", { name: jid }));
  return (
    <main class="main page scroll">
      <BackBar />
      <div class="page-in">
        <div class="line spread"><h1>{t("people.title")}</h1><InviteButton /></div>
        {asks.value.length > 0 && <Asks />}
        {requests.value.length > 0 && (
          <section aria-label={t("people.requests")}>
            <h2>{t("people.requests")}</h2>
            <ul class="asks">{requests.value.map((one) => <RequestRow key={one.jid} one={one} />)}</ul>
          </section>
        )}
        <Strangers />
        <form onSubmit={(event) => { event.preventDefault(); if (address) { add(address); setWords(""); } }} class="line">
          <div class="field grow">
            <label for="person-words">{t("people.search")}</label>
            <input id="person-words" type="search" class="input" autoCapitalize="none" spellcheck={false} value={words} onInput={(event) => setWords(event.currentTarget.value)} />
          </div>
          {address && !row(address)?.contact && <Button type="submit" icon="person-plus">{t("people.add", { name: address })}</Button>}
        </form>
        <section aria-label={t("people.contacts")}>
          <h2>{t("people.contacts")}</h2>
          <ul class="found-rooms">
            {contacts.map((one) => (
              <PersonLine key={one.jid} one={one}>
                {one.asked && <span class="muted">{t("people.asked")}</span>}
                <a class="btn" href={pathOf(one.jid)}>{t("members.message")}</a>
              </PersonLine>
            ))}
          </ul>
          {contacts.length === 0 && <p class="muted">{t("people.none")}</p>}
        </section>
        {found.length > 0 && (
          <section aria-label={t("people.directory")}>
            <h2>{t("people.directory")}</h2>
            <ul class="found-rooms">{found.map((one) => <PersonLine key={one.jid} one={one}><a class="btn" href={pathOf(one.jid)}>{t("members.message")}</a><Button icon="person-plus" onClick={() => add(one.jid)}>{t("person.add")}</Button></PersonLine>)}</ul>
          </section>
        )}
        {blocked.value.length > 0 && (
          <section aria-label={t("people.blocked")}>
            <h2>{t("people.blocked")}</h2>
            <ul class="found-rooms">{blocked.value.map((jid) => <PersonLine key={jid} one={{ jid, name: jid }}><Button onClick={() => tried(core.unblock(jid))}>{t("person.unblock")}</Button></PersonLine>)}</ul>
          </section>
        )}
      </div>
    </main>
  );
}

// SPDX-License-Identifier: Apache-2.0
// The view at /search: everywhere, or in one conversation; what is found with its neighbours, and the way to its place.
import { useEffect, useRef, useState } from "preact/hooks";
import { Refusal } from "../../shared/rpc.ts";
import type { Found, Hit, Line } from "../../shared/search.ts";
import { type Key, momentText, shortText, t } from "../../i18n/index.ts";
import { BackBar } from "../app/BackBar.tsx";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { Avatar } from "../kit/Avatar.tsx";
import { Button } from "../kit/Button.tsx";
import { Icon } from "../kit/Icon.tsx";
import { useListbox } from "../kit/Listbox.tsx";
import { Notice } from "../kit/Notice.tsx";
import { recall, remember } from "../kit/memory.ts";
import { go, pathOf, route } from "../router.ts";
import { conversations, row } from "../state.ts";
import { Text } from "../text/index.ts";
import { OPERATORS, marked, typing } from "./words.ts";

const PAUSE = 350; // ms without a key before it is asked
const LAST_MAX = 8;
const VALUES: Record<string, string[]> = { has: ["link", "file", "image"], mentions: ["me"], from: ["me"] };

/** Of this browser, newest first. */
const lastSearches = (): string[] => recall("searches")?.split("\n").filter(Boolean) ?? [];

interface Suggestion {
  text: string;
  help: string;
}

/** What could stand at the end of what was typed. */
function suggestions(text: string): Suggestion[] {
  const now = typing(text);
  if (!now) return [];
  if ("begins" in now) return OPERATORS.filter((one) => one.startsWith(now.begins)).map((one) => ({ text: `${text.slice(0, now.from)}${one}:`, help: t(`search.op-${one}` as Key & "search.op-from") }));
  const typed = now.value.toLowerCase();
  const quoted = (value: string): string => (/\s/.test(value) ? `"${value}"` : value);
  const people = now.name === "from" || now.name === "in" ? conversations.value.filter((one) => now.name === "in" || one.kind === "chat").map((one) => ({ value: one.jid, help: one.name })) : [];
  const fixed = (VALUES[now.name] ?? []).map((value) => ({ value, help: t(`search.value-${value}` as Key & "search.value-me") }));
  return [...fixed, ...people].filter((one) => one.value !== typed && (one.value.toLowerCase().startsWith(typed) || one.help.toLowerCase().includes(typed))).slice(0, 8)
    .map((one) => ({ text: `${text.slice(0, now.from)}${now.name}:${quoted(one.value)} `, help: one.help }));
}

function Near({ line }: { line: Line }) {
  return <p class="hit-near muted"><bdi>{line.name}</bdi>: <span dir="auto">{line.text.slice(0, 200)}</span></p>;
}

function HitRow({ hit, found }: { hit: Hit; found: string[] }) {
  return (
    <li>
      <a class="hit" href={pathOf(hit.conversation, hit.archive)}>
        <span class="hit-head">
          <Avatar jid={hit.kind === "room" ? `${hit.conversation}/${hit.name}` : hit.conversation} name={hit.name} size={24} />
          <b><bdi>{hit.mine ? t("message.you") : hit.name}</bdi></b>
          <span class="muted"><Icon name={hit.kind === "room" ? "hash" : "chat"} size="xs" /> <bdi>{hit.where}</bdi></span>
          <time class="muted end" title={momentText(hit.time)}>{shortText(hit.time)}</time>
        </span>
        {hit.before.map((one) => <Near key={one.time} line={one} />)}
        <div class="hit-text" dir="auto"><Text text={hit.text || (hit.files[0]?.name ?? "")} found={found} /></div>
        {hit.after.map((one) => <Near key={one.time} line={one} />)}
      </a>
    </li>
  );
}

function useFound(text: string, scope: string | undefined) {
  const [found, setFound] = useState<Found | undefined>(undefined);
  const [fault, setFault] = useState<string | undefined>(undefined);
  const turn = useRef(0);
  const ask = (before?: string): void => {
    const mine = ++turn.current;
    core.search(text, scope, before).then((page) => {
      if (mine !== turn.current) return;
      setFault(undefined);
      setFound((known) => (before && known ? { ...page, hits: [...known.hits, ...page.hits] } : page));
      remember("searches", [text, ...lastSearches().filter((one) => one !== text)].slice(0, LAST_MAX).join("\n"));
    }, (why: unknown) => setFault(faultText(why instanceof Refusal ? why.fault : "refused")));
  };
  useEffect(() => {
    setFault(undefined);
    if (!text) {
      turn.current++;
      setFound(undefined);
      return;
    }
    const timer = setTimeout(() => ask(), PAUSE);
    return () => clearTimeout(timer);
  }, [text, scope]);
  return { found, fault, more: () => ask(found?.next) };
}

/** The words stand in the address, too: so that a way back to what was found finds it again, and others can lead here with some. */
function useWords(): [string, (text: string) => void] {
  const { q } = route.value;
  const [text, setText] = useState(q ?? "");
  const written = useRef(q);
  useEffect(() => {
    if (q !== written.current) setText(q ?? "");
    written.current = q;
  }, [q]);
  useEffect(() => {
    const timer = setTimeout(() => {
      written.current = text.trim() || undefined;
      const words = new URLSearchParams({ ...(route.peek().of ? { of: route.peek().of as string } : {}), ...(written.current ? { q: written.current } : {}) });
      if (route.peek().view === "search") go(words.size > 0 ? `/search?${words}` : "/search", true);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return [text, setText];
}

/** Field, scope, results. `?of=` is the conversation that is searched, `?q=` the words. */
export function SearchView() {
  const here = route.value.of;
  const [text, setText] = useWords();
  const [scope, setScope] = useState<string | undefined>(here);
  const field = useRef<HTMLInputElement>(null);
  const { found, fault, more } = useFound(text.trim(), scope);
  const all = suggestions(text);
  const choose = (one: Suggestion | undefined): void => {
    if (one) setText(one.text);
    field.current?.focus();
  };
  const box = useListbox({ count: all.length, query: text, idle: true, tab: true, onChoose: (place) => choose(all[place]) });
  const words = marked(text);
  useEffect(() => field.current?.focus(), []);
  useEffect(() => setScope(here), [here]);
  return (
    <main class="main page scroll">
      <BackBar />
      <div class="page-in">
        <h1>{t("search.title")}</h1>
        <div class="search-field">
          <label class="sr-only" for="search-words">{t("search.field")}</label>
          <input {...box.field} id="search-words" ref={field} type="text" inputMode="search" enterKeyHint="search" list={undefined} class="input l" placeholder={t("search.field")} value={text} onInput={(event) => setText(event.currentTarget.value)} onKeyDown={(event) => box.onKeyDown(event)} />
          {all.length > 0 && text && (
            <div {...box.list} class="menu complete" aria-label={t("composer.completions")}>
              {all.map((one, place) => <div key={one.text} {...box.option(place)} class="complete-row"><b>{one.text.trim().split(" ").at(-1)}</b><span class="ellipsis muted">{one.help}</span></div>)}
            </div>
          )}
        </div>
        {here && (
          <div class="seg" role="group" aria-label={t("search.scope")}>
            <button type="button" aria-pressed={scope !== undefined} aria-current={scope !== undefined ? "true" : undefined} onClick={() => setScope(here)}><bdi>{row(here)?.name ?? here}</bdi></button>
            <button type="button" aria-pressed={scope === undefined} aria-current={scope === undefined ? "true" : undefined} onClick={() => setScope(undefined)}>{t("search.everywhere")}</button>
          </div>
        )}
        {fault && <Notice tint="danger" icon="warning">{fault}</Notice>}
        {found?.isPartial && <Notice tint="attention" icon="info">{t("search.partial")}</Notice>}
        {!text && <LastSearches onChoose={setText} />}
        <ul class="hits" aria-label={t("search.results")} aria-live="polite">{found?.hits.map((hit) => <HitRow key={`${hit.conversation} ${hit.archive}`} hit={hit} found={words} />)}</ul>
        {found && found.hits.length === 0 && <p class="muted">{t("search.nothing")}</p>}
        {found?.next && <Button onClick={more}>{t("rooms.more")}</Button>}
        {found && <p class="caption muted">{t("search.not-searched")}</p>}
      </div>
    </main>
  );
}

function LastSearches({ onChoose }: { onChoose: (text: string) => void }) {
  const last = lastSearches();
  return (
    <>
      {last.length > 0 && <ul class="line wrap" aria-label={t("search.last")}>{last.map((one) => <li key={one}><button type="button" class="chip" onClick={() => onChoose(one)}><Icon name="history" size="s" /><bdi>{one}</bdi></button></li>)}</ul>}
      <p class="second">{t("search.help")}</p>
    </>
  );
}

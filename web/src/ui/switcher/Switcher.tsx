// SPDX-License-Identifier: Apache-2.0
// Go anywhere, do anything: conversations, what can be done, settings. The focus stays in the field, the arrows walk.
import { useMemo, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import type { FoundPerson } from "../../shared/people.ts";
import type { Conversation } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { wholeAddress } from "../address.ts";
import { Avatar, Dialog, Icon, Kbd, useListbox } from "../kit/index.ts";
import { usePeople } from "../people/find.ts";
import { go, pathOf } from "../router.ts";
import { conversations, current, me } from "../state.ts";
import { VIEWS } from "../app/tables.ts";
import { type Action, actions } from "./actions.ts";
import { type Fit, rank } from "./rank.ts";

const MOST = 60; // entries of one kind that are shown

interface Entry {
  key: string;
  group: "switcher.places" | "switcher.do" | "switcher.people" | "switcher.search";
  sign: ComponentChildren;
  name: string;
  fit: Fit;
  second?: string | undefined;
  end?: ComponentChildren;
  run: (event: Event) => void;
}

/** The letters that were meant, in bold. */
function Marked({ name, ranges }: { name: string; ranges: [number, number][] }) {
  let at = 0;
  const parts: ComponentChildren[] = [];
  for (const [begin, end] of ranges) {
    if (begin < at) continue;
    parts.push(name.slice(at, begin), <b key={begin}>{name.slice(begin, end)}</b>);
    at = end;
  }
  return <bdi>{parts}{name.slice(at)}</bdi>;
}

function placeEntry(row: Conversation, fit: Fit): Entry {
  return {
    key: row.jid, group: "switcher.places", name: row.name, fit,
    sign: <Avatar jid={row.jid} name={row.name} kind={row.kind} size={28} picture={row.avatar} />,
    second: row.kind === "chat" ? (row.availability && row.availability !== "offline" ? t(`availability.${row.availability}`) : undefined) : row.subject?.slice(0, 60),
    end: row.unread > 0 ? t("switcher.unread", { n: row.unread }) : undefined,
    run: (event) => {
      if (event instanceof KeyboardEvent && (event.ctrlKey || event.metaKey)) window.open(pathOf(row.jid), "_blank", "noopener");
      else go(pathOf(row.jid));
    },
  };
}

const actionEntry = (action: Action, fit: Fit): Entry => ({
  key: `do ${action.label}`, group: "switcher.do", name: action.label, fit, sign: <Icon name={action.icon} />, end: action.keys && <Kbd keys={action.keys} />, run: action.run,
});

/** With nothing typed: where one was last, so that one more key goes there. */
function places(query: string, only: string | undefined): Entry[] {
  const rows = conversations.value.filter((row) => (only === "@" ? row.kind === "chat" : only === "#" ? row.kind === "room" : true) && (query !== "" || row.jid !== current.value));
  const found = rank(query, rows, (row) => row.name, (row) => row.time);
  const names = new Set(found.map((one) => one.item.jid));
  const byAddress = query ? rank(query, rows.filter((row) => !names.has(row.jid)), (row) => row.jid.split("@")[0] ?? "", (row) => row.time) : [];
  return [...found.map((one) => placeEntry(one.item, one.fit)), ...byAddress.map((one) => placeEntry(one.item, { ...one.fit, ranges: [] }))].slice(0, MOST);
}

function others(query: string): Entry[] {
  const list: Entry[] = [];
  const jid = query.includes("@") ? wholeAddress(query, me.value?.jid.split("@")[1] ?? "") : undefined;
  if (jid && !conversations.value.some((row) => row.jid === jid))
    list.push({ key: "write", group: "switcher.search", name: t("switcher.write", { name: jid }), fit: { score: 0, ranges: [] }, sign: <Icon name="chat" />, run: () => go(pathOf(jid)) });
  if (query && VIEWS["search"])
    list.push({ key: "search", group: "switcher.search", name: t("switcher.search-for", { text: query }), fit: { score: 0, ranges: [] }, sign: <Icon name="search" />, end: <Kbd keys="Mod+Shift+F" />, run: () => go(`/search?q=${encodeURIComponent(query)}`) });
  return list;
}

/** Of the rooms and the directory: who is not in the list already. */
const personEntries = (people: readonly FoundPerson[]): Entry[] => people.filter((one) => !conversations.value.some((row) => row.jid === one.jid)).map((one) => ({
  key: `person ${one.jid}`, group: "switcher.people", name: one.name, fit: { score: 0, ranges: [] }, second: one.jid,
  sign: <Avatar jid={one.jid} name={one.name} size={28} />, run: () => go(pathOf(one.jid)),
}));

function entriesFor(typed: string, people: readonly FoundPerson[]): Entry[] {
  const only = /^[>@#]/.exec(typed)?.[0];
  const query = (only ? typed.slice(1) : typed).trim();
  const found = only === ">" ? [] : places(query, only);
  const doing = only === "@" || only === "#" ? [] : rank(query, actions(), (one) => one.label, () => 0).map((one) => actionEntry(one.item, one.fit));
  const isBetter = query !== "" && (doing[0]?.fit.score ?? 0) > (found[0]?.fit.score ?? 0);
  return [...(isBetter ? [...doing, ...found] : [...found, ...doing]), ...personEntries(people), ...(only ? [] : others(query))];
}

function Foot() {
  return (
    <div class="keys" aria-hidden="true">
      <span><Kbd keys="ArrowUp" /><Kbd keys="ArrowDown" />{t("switcher.move")}</span>
      <span><Kbd keys="Enter" />{t("switcher.go")}</span>
      <span><Kbd keys=">" />{t("switcher.only-commands")}</span>
      <span><Kbd keys="@" />{t("switcher.only-people")}</span>
      <span><Kbd keys="#" />{t("switcher.only-rooms")}</span>
    </div>
  );
}

/** The dialog under the upper edge. */
export function Switcher({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const rows = conversations.value;
  const words = /^[>#]/.test(typed) ? "" : typed.replace(/^@/, "").trim();
  const people = usePeople(words || undefined);
  const entries = useMemo(() => entriesFor(typed, people), [typed, rows, people]);
  const choose = (place: number, event: Event): void => {
    onClose();
    entries[place]?.run(event);
  };
  const box = useListbox({ count: entries.length, query: typed, onChoose: choose });
  const groups = [...new Set(entries.map((one) => one.group))];
  return (
    <Dialog title={t("keys.switcher")} bare at="top" onClose={onClose}>
      <div class="palette-input">
        <Icon name="search" />
        <input
          type="text" dir="auto" aria-label={t("switcher.find")} placeholder={t("switcher.find")} spellcheck={false} autoFocus {...box.field}
          value={typed} onInput={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && box.active >= 0) return choose(box.active, event);
            box.onKeyDown(event);
          }}
        />
        <Kbd keys="Escape" aria-hidden={true} />
      </div>
      <div class="palette scroll" {...box.list} aria-label={t("switcher.results")}>
        {groups.map((group) => (
          <div key={group} role="group" aria-labelledby={group}>
            <h3 role="presentation" id={group}>{t(group)}</h3>
            <ul role="presentation">
              {entries.map((one, place) => one.group === group && (
                <li key={one.key} class="opt" {...box.option(place)}>
                  {one.sign}
                  <span class="ellipsis"><Marked name={one.name} ranges={one.fit.ranges} /> {one.second && <span class="muted small">{one.second}</span>}</span>
                  <span class="end">{one.end}{place === box.active && !one.end && <Kbd keys="Enter" />}</span>
                </li>
              ))}
            </ul>
          </div>
        ))}
        {entries.length === 0 && <p class="palette-none muted" role="status">{t("switcher.none")}</p>}
      </div>
      <Foot />
    </Dialog>
  );
}

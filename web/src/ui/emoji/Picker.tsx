// SPDX-License-Identifier: Apache-2.0
// Chooses an emoji: the focus stays in the field, arrows walk over the grid, Enter chooses. Fetched when it is first opened.
import { useEffect, useId, useMemo, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { SearchField } from "../kit/Field.tsx";
import { isComposing } from "../kit/keys.ts";
import { openMenu } from "../kit/Menu.tsx";
import { type Emoji, findEmoji, loadEmoji } from "./data.ts";
import { noteEmoji, recentEmoji, setSkinTone, skinTone } from "./recent.ts";
import "../styles/views-emoji.css";

const COLUMNS = 9;
const GROUPS = [0, 1, 3, 4, 5, 6, 7, 8, 9] as const;
const HAND = ["✋", "✋🏻", "✋🏼", "✋🏽", "✋🏾", "✋🏿"] as const;

interface Section {
  title: string;
  all: Emoji[];
  /** Place of its first in the whole. */
  from: number;
}

const inTone = (one: Emoji): string => (skinTone.value > 0 && one.tones[skinTone.value - 1]) || one.emoji;

function sectionsOf(all: readonly Emoji[], query: string): Section[] {
  const raw: [string, Emoji[]][] = query.trim()
    ? [[t("emoji.found"), findEmoji(all, query)]]
    : [
        [t("emoji.recent"), [...new Set(recentEmoji.value.map((emoji) => all.find((one) => one.emoji === emoji || one.tones.includes(emoji))).filter((one) => one !== undefined))].slice(0, COLUMNS * 2)],
        ...GROUPS.map((group): [string, Emoji[]] => [t(`emoji.group-${group}`), all.filter((one) => one.group === group)]),
      ];
  let from = 0;
  return raw.filter(([, list]) => list.length > 0).map(([title, list]) => {
    const section = { title, all: list, from };
    from += list.length;
    return section;
  });
}

/** The place that an arrow leads to: up and down keep the column, over the edges of sections. */
function step(sections: readonly Section[], at: number, key: string): number {
  const count = sections.reduce((sum, one) => sum + one.all.length, 0);
  if (key === "ArrowRight") return Math.min(count - 1, at + 1);
  if (key === "ArrowLeft") return Math.max(0, at - 1);
  const here = sections.findIndex((one) => at < one.from + one.all.length);
  const section = sections[here];
  if (!section) return at;
  const place = at - section.from;
  const column = place % COLUMNS;
  if (key === "ArrowDown") {
    if (place + COLUMNS < section.all.length) return at + COLUMNS;
    const lastRow = Math.floor((section.all.length - 1) / COLUMNS) * COLUMNS;
    if (place < lastRow) return section.from + section.all.length - 1;
    const next = sections[here + 1];
    return next ? next.from + Math.min(column, next.all.length - 1) : at;
  }
  if (place >= COLUMNS) return at - COLUMNS;
  const before = sections[here - 1];
  if (!before) return at;
  const lastRow = Math.floor((before.all.length - 1) / COLUMNS) * COLUMNS;
  return before.from + Math.min(lastRow + column, before.all.length - 1);
}

function ToneButton() {
  return (
    <button
      type="button" class="icon-btn" aria-label={t("emoji.tone")} title={t("emoji.tone")} aria-haspopup="menu" aria-expanded="false"
      onClick={(event) => openMenu(event.currentTarget, {
        label: t("emoji.tone"), align: "end",
        items: HAND.map((hand, tone) => ({ label: `${hand} ${t(`emoji.tone-${tone as 0 | 1 | 2 | 3 | 4 | 5}`)}`, checked: skinTone.value === tone, radio: true, run: () => setSkinTone(tone) })),
      })}
    >
      {HAND[skinTone.value] ?? HAND[0]}
    </button>
  );
}

/** What stands in the card. */
export function Picker({ onChoose }: { onChoose: (emoji: string) => void }) {
  const id = useId();
  const [all, setAll] = useState<readonly Emoji[]>([]);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  useEffect(() => void loadEmoji().then(setAll, () => undefined), []);
  const sections = useMemo(() => sectionsOf(all, query), [all, query]);
  const found = sections.flatMap((one) => one.all);
  const active = Math.min(at, found.length - 1);
  useEffect(() => document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: "nearest" }), [active]);
  const choose = (one: Emoji | undefined): void => {
    if (!one) return;
    noteEmoji(inTone(one));
    onChoose(inTone(one));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (isComposing(event)) return;
    const isStep = /^Arrow(Up|Down)$/.test(event.key) || (/^Arrow(Left|Right)$/.test(event.key) && query === "");
    if (isStep) setAt(step(sections, active, event.key));
    else if (event.key === "Enter") choose(found[active]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div class="emoji-head">
        <SearchField
          name={t("emoji.search")} value={query} autofocus onInput={(value) => { setQuery(value); setAt(0); }} onKeyDown={onKeyDown}
          extra={{ role: "combobox", "aria-expanded": true, "aria-controls": id, "aria-autocomplete": "list", "aria-activedescendant": active >= 0 ? `${id}-${active}` : undefined }}
        />
        <ToneButton />
      </div>
      <div class="emoji-list scroll" role="listbox" id={id} aria-label={t("emoji.name")} tabIndex={-1}>
        {sections.map((section) => (
          <div key={section.title} role="group" aria-label={section.title} class="emoji-group" data-rows={Math.ceil(section.all.length / COLUMNS)}>
            <div class="emoji-title" aria-hidden="true">{section.title}</div>
            <div class="emoji-grid" role="presentation">
              {section.all.map((one, place) => (
                <span
                  key={one.emoji} role="option" id={`${id}-${section.from + place}`} aria-selected={section.from + place === active} aria-label={one.name} title={one.name}
                  onPointerDown={(event) => event.preventDefault()} onPointerMove={() => active !== section.from + place && setAt(section.from + place)} onClick={() => choose(one)}
                >
                  {inTone(one)}
                </span>
              ))}
            </div>
          </div>
        ))}
        {all.length > 0 && found.length === 0 && <p class="emoji-none muted">{t("emoji.none")}</p>}
      </div>
      <div class="emoji-foot" aria-hidden="true">{found[active] && <><span class="e">{inTone(found[active])}</span><span class="ellipsis">{found[active].name}</span></>}</div>
    </>
  );
}

// SPDX-License-Identifier: Apache-2.0
// Tabs: one stop of the Tab key, arrows go from one to the next and choose it.
import { useRef } from "preact/hooks";

export interface Tab<V extends string> {
  value: V;
  label: string;
  /** A number behind the word. */
  count?: number | undefined;
}

/** The id of the tab and of its panel, so that each names the other. */
export const tabIds = (id: string, value: string): { tab: string; panel: string } => ({ tab: `${id}-t-${value}`, panel: `${id}-p-${value}` });

/** A list of tabs; ID names it in the page. The panel has role="tabpanel", id and aria-labelledby from tabIds(). */
export function Tabs<V extends string>(props: { id: string; name: string; value: V; tabs: readonly Tab<V>[]; onChange: (value: V) => void }) {
  const { id, name, value, tabs, onChange } = props;
  const list = useRef<HTMLDivElement>(null);
  const go = (to: number): void => {
    const place = (to + tabs.length) % tabs.length;
    const tab = tabs[place];
    if (!tab) return;
    onChange(tab.value);
    (list.current?.children[place] as HTMLElement | undefined)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = tabs.findIndex((tab) => tab.value === value);
    const ahead = getComputedStyle(event.currentTarget as Element).direction === "rtl" ? -1 : 1;
    const to = { ArrowRight: at + ahead, ArrowLeft: at - ahead, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  };
  return (
    <div class="tabs" role="tablist" aria-label={name} ref={list} onKeyDown={onKeyDown}>
      {tabs.map((tab) => {
        const mine = tab.value === value;
        const ids = tabIds(id, tab.value);
        return (
          <button
            key={tab.value}
            type="button"
            role="tab"
            id={ids.tab}
            aria-selected={mine}
            aria-controls={mine ? ids.panel : undefined}
            tabIndex={mine ? 0 : -1}
            onClick={() => onChange(tab.value)}
          >
            {tab.label}
            {tab.count === undefined ? null : <span class="n">{tab.count}</span>}
          </button>
        );
      })}
    </div>
  );
}

// SPDX-License-Identifier: Apache-2.0
// A list that is walked through while the focus stays in a text field: completion, the switcher. Nothing happens while an input method composes.
import { useEffect, useState } from "preact/hooks";
import { isComposing } from "./keys.ts";
import { useUid } from "./uid.ts";

export interface ListboxOptions {
  /** How many entries there are now. */
  count: number;
  /** Changes when the list is another one: the first entry is active again. */
  query: string;
  onChoose: (place: number, event: Event) => void;
  onClose?: (() => void) | undefined;
  /** Whether Tab chooses, too: in completion. */
  tab?: boolean | undefined;
  /** Whether nothing is active until an arrow is pressed. */
  idle?: boolean | undefined;
}

const PAGE = 8;

function target(key: string, at: number, count: number): number | undefined {
  if (key === "ArrowDown") return (at + 1) % count;
  if (key === "ArrowUp") return at <= 0 ? count - 1 : at - 1;
  if (key === "PageDown") return Math.min(count - 1, at + PAGE);
  if (key === "PageUp") return Math.max(0, at - PAGE);
  return undefined;
}

/** Gives what the field, the list and its options need; onKeyDown returns whether the key was for the list. */
export function useListbox({ count, query, onChoose, onClose, tab, idle }: ListboxOptions) {
  const id = useUid();
  const first = idle ? -1 : 0;
  // With the list that it was chosen in: an effect that begins anew comes behind a key that is pressed at once.
  const [chosen, setChosen] = useState({ query, place: first });
  const active = Math.min(chosen.query === query ? chosen.place : first, count - 1);
  const setActive = (place: number): void => setChosen({ query, place });
  const optionId = (place: number): string => `${id}-${place}`;
  useEffect(() => document.getElementById(optionId(active))?.scrollIntoView({ block: "nearest" }), [active]);

  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (isComposing(event) || event.ctrlKey || event.metaKey || event.altKey) return false;
    const to = count > 0 ? target(event.key, active, count) : undefined;
    const chooses = active >= 0 && active < count && !event.shiftKey && (event.key === "Enter" || (tab === true && event.key === "Tab"));
    if (to !== undefined) setActive(to);
    else if (chooses) onChoose(active, event);
    else if (event.key === "Escape" && onClose) onClose();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return {
    active,
    setActive,
    onKeyDown,
    field: {
      role: "combobox" as const,
      "aria-expanded": count > 0,
      "aria-controls": id,
      "aria-autocomplete": "list" as const,
      "aria-activedescendant": active >= 0 ? optionId(active) : undefined,
      autocomplete: "off",
    },
    list: { role: "listbox" as const, id },
    option: (place: number) => ({
      role: "option" as const,
      id: optionId(place),
      "aria-selected": place === active,
      // The field keeps the focus.
      onPointerDown: (event: Event) => event.preventDefault(),
      onPointerMove: () => place !== active && setActive(place),
      onClick: (event: Event) => onChoose(place, event),
    }),
  };
}

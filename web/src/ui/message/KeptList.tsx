// SPDX-License-Identifier: Apache-2.0
// A long list that keeps its place (keeper.ts): only what is near the view is rendered.
import type { ComponentChildren, RefObject } from "preact";
import { useLayoutEffect, useMemo, useReducer, useRef } from "preact/hooks";
import type { Keeper } from "./keeper.ts";
import { withGaps } from "./span.ts";

interface Props<T extends { key: string }> {
  keeper: Keeper;
  items: readonly T[];
  children: (item: T) => ComponentChildren;
  /** The element that scrolls. */
  boxRef: RefObject<HTMLElement | null>;
  class: string;
  /** Of an item that is rendered wherever the view is. */
  keep?: string | undefined;
  onMoved: (before: number, behind: number) => void;
}

function Row({ keeper, of, children }: { keeper: Keeper; of: string; children: ComponentChildren }) {
  const row = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => (row.current ? keeper.mount(of, row.current) : undefined), [keeper, of]);
  return <div ref={row}>{children}</div>;
}

/** The keys of ITEMS must differ. */
export function KeptList<T extends { key: string }>({ keeper, items, children, boxRef, class: name, keep, onMoved }: Props<T>) {
  const root = useRef<HTMLDivElement>(null);
  const [, render] = useReducer((n: number) => n + 1, 0);
  const keys = useMemo(() => items.map((one) => one.key), [items]);
  keeper.watch = { render: () => render(undefined), moved: onMoved };
  const span = keeper.choose(keys);
  useLayoutEffect(() => (boxRef.current && root.current ? keeper.attach(boxRef.current, root.current) : undefined), [keeper]);
  useLayoutEffect(() => keeper.settle());
  const apart = keep === undefined ? [] : [keys.indexOf(keep)];
  return (
    <div ref={root} class={name}>
      {withGaps(keeper.size, items.length, span, apart).map(({ index, gap }, i) => {
        const item = items[index];
        return [
          gap > 0 && <div key={`gap ${i === 0 ? "first" : item ? index === span[0] ? "before" : "apart" : "last"}`} data-gap={gap} />,
          item && <Row key={item.key} keeper={keeper} of={item.key}>{children(item)}</Row>,
        ];
      })}
    </div>
  );
}

// SPDX-License-Identifier: Apache-2.0
// virtua's list as Preact sees it: the package is typed for React.
import type { ComponentChild, ComponentChildren, FunctionComponent, Ref, RefObject } from "preact";
import { Virtualizer, VList, type VListHandle } from "virtua";

export type ListHandle = VListHandle;

export interface ListProps {
  ref?: Ref<ListHandle>;
  class?: string;
  children: ComponentChildren;
  /** What is new stands in front: the view keeps its place. */
  shift?: boolean;
  onScroll?: (offset: number) => void;
  /** Pixels beyond the view that are rendered, too. */
  bufferSize?: number;
}

/** Renders only what is in view. */
export const VirtualList = VList as unknown as FunctionComponent<ListProps>;

/** The same of data: nothing is made for what is not in view, however much there is. */
export const VirtualData = VList as unknown as <T>(props: { class?: string; data: readonly T[]; children: (item: T, place: number) => ComponentChild }) => ReturnType<FunctionComponent>;

export interface RowsProps<T> {
  ref?: Ref<ListHandle>;
  data: readonly T[];
  children: (item: T, place: number) => ComponentChild;
  /** The element that scrolls. */
  scrollRef: RefObject<HTMLElement | null>;
  shift?: boolean;
  onScroll?: (offset: number) => void;
  /** The view or something in it has another size. */
  onResize?: () => void;
  bufferSize?: number;
  /** Are rendered wherever the view is. */
  keepMounted?: readonly number[];
}

/** The same inside an element that scrolls something else, too. */
export const VirtualRows = Virtualizer as unknown as <T>(props: RowsProps<T>) => ReturnType<FunctionComponent>;

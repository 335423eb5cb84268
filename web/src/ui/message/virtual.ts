// SPDX-License-Identifier: Apache-2.0
// virtua's list as Preact sees it: the package is typed for React.
import type { ComponentChild, ComponentChildren, FunctionComponent, Ref } from "preact";
import { VList, type VListHandle } from "virtua";

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
export const VirtualData = VList as unknown as <T>(props: {
  ref?: Ref<ListHandle>;
  class?: string;
  data: readonly T[];
  onScroll?: (offset: number) => void;
  children: (item: T, place: number) => ComponentChild;
}) => ReturnType<FunctionComponent>;

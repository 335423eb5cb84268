// SPDX-License-Identifier: Apache-2.0
// Ids for labels. Preact's own useId counts anew in every root, and dialogs and menus are roots of their own.
import { useState } from "preact/hooks";

let last = 0;

/** An id that nothing else in the page has, the same as long as the component is there. */
export const useUid = (): string => useState(() => `k${++last}`)[0];

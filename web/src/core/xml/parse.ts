// SPDX-License-Identifier: Apache-2.0
// Text to element, for what was kept on the disk.
import parse from "ltx/src/parse.js";
import type { El } from "./el.ts";

/** The text was made by El.toString. */
export const parseStored = (text: string): El => parse(text) as unknown as El;

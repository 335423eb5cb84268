// SPDX-License-Identifier: Apache-2.0
// A text in one line, for rows of the list and quotes. Pure.
import { cleanText } from "./clean.ts";
import { pieces } from "./pieces.ts";

const oneLine = (text: string): string => cleanText(text.replace(/\s+/gu, " ")).trim();

/** One line of at most MOST units: no styling, no marks, and nothing that is itself quoted, unless there is nothing else. */
export function summary(text: string, most = 200): string {
  const begin = text.slice(0, most * 4).replace(/^\/me /, "* ");
  const own = oneLine(begin.replace(/^(?:```.*|>.*)$/gmu, " "));
  const line = own === "" ? oneLine(begin.replace(/^(?:```|[>\s]+)/gmu, " ")) : own;
  const plain = pieces(line)
    .filter((piece) => !piece.mark)
    .map((piece) => piece.text)
    .join("");
  if (plain.length <= most) return plain;
  return `${plain.slice(0, most - 1).replace(/[\ud800-\udbff]$/u, "")}…`;
}

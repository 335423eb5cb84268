// SPDX-License-Identifier: Apache-2.0
// Ranges of a text (mentions) while the text is edited. Pure.

export interface Range {
  begin: number;
  end: number;
}

/** What was replaced: [from, to) of the old text by `put` units. */
export interface Edit {
  from: number;
  to: number;
  put: number;
}

/** The smallest edit that makes one text of the other; `caret`, behind what was typed, decides among equal ones. */
export function editBetween(before: string, after: string, caret = after.length): Edit {
  let end = 0;
  const tail = Math.min(before.length, after.length, after.length - caret);
  while (end < tail && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  let from = 0;
  const head = Math.min(before.length, after.length) - end;
  while (from < head && before[from] === after[from]) from++;
  while (end < Math.min(before.length, after.length) - from && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  return { from, to: before.length - end, put: after.length - end - from };
}

/** The ranges behind an edit; those that it touched inside are gone. */
export function shift<T extends Range>(ranges: readonly T[], edit: Edit): T[] {
  const by = edit.put - (edit.to - edit.from);
  return ranges.flatMap((one) => {
    if (one.end <= edit.from) return [one];
    if (one.begin >= edit.to) return [{ ...one, begin: one.begin + by, end: one.end + by }];
    return [];
  });
}

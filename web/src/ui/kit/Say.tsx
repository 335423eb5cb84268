// SPDX-License-Identifier: Apache-2.0
// A sentence with elements in it: <Say of="room.made-by" name={<b>Ines</b>} />.
import type { ComponentChildren } from "preact";
import { type Key, pieces, type Wanted } from "../../i18n/index.ts";

/** The sentence of a key; every word it wants is given as a property. A plural goes by n. */
export function Say<K extends Key>({ of, n, ...fill }: { of: K; n?: number } & { [W in Wanted<K>]: ComponentChildren }) {
  const given = fill as Record<string, ComponentChildren>;
  return <>{pieces(of, n).map((piece) => (typeof piece === "string" ? piece : piece.word === "n" ? (given["n"] ?? n) : given[piece.word]))}</>;
}

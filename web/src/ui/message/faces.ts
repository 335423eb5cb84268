// SPDX-License-Identifier: Apache-2.0
// Pictures of who speaks. In rooms by occupant id (XEP-0421): by nick a stranger could wear somebody's face.
import { type Signal, signal } from "@preact/signals";
import type { News } from "../../shared/api.ts";
import type { Jid, Sender } from "../../shared/types.ts";
import { core, hear } from "../core.ts";
import { pictureOf } from "../state.ts";

/** By room and occupant id. */
const faces = new Map<string, Signal<string | undefined>>();

function ask(key: string, face: Signal<string | undefined>): void {
  const at = key.indexOf(" ");
  void core.face(key.slice(0, at), key.slice(at + 1)).then((picture) => (face.value = picture), () => undefined); // the letter does as well
}

hear((name, value) => {
  if (name === "again") for (const [key, face] of faces) ask(key, face);
  if (name !== "face") return;
  const { room, occupant, picture } = value as News["face"];
  const face = faces.get(`${room} ${occupant}`);
  if (face) face.value = picture;
});

/** Of somebody in a conversation; asked for when it is first drawn. */
export function faceOf(conversation: Jid, { jid, mine, occupant }: Pick<Sender, "jid" | "mine" | "occupant">): string | undefined {
  const known = pictureOf(jid, mine);
  if (mine || known || !occupant) return known;
  const key = `${conversation} ${occupant}`;
  let face = faces.get(key);
  if (!face) {
    faces.set(key, (face = signal(undefined)));
    ask(key, face);
  }
  return face.value;
}

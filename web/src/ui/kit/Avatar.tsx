// SPDX-License-Identifier: Apache-2.0
// Pictures of people (round) and rooms (square). Without a picture: the first letter, or the sign of a room, in a tint from the address.
import { useState } from "preact/hooks";
import { hueOf, initialOf, tintOf } from "./hue.ts";
import { Icon, type IconName } from "./Icon.tsx";

export type AvatarSize = 16 | 20 | 24 | 28 | 32 | 36 | 40 | 48 | 64 | 80 | 96;

export interface AvatarProps {
  /** Address: decides the tint. */
  jid: string;
  name: string;
  kind?: "chat" | "room" | undefined;
  /** Where the picture is: same origin, blob: or data:. */
  picture?: string | undefined;
  size?: AvatarSize | undefined;
  presence?: "available" | "away" | "busy" | "offline" | undefined;
  /** What a room without a picture shows. */
  icon?: IconName | undefined;
  class?: string | undefined;
}

/** Decoration: the name stands beside it, so it says nothing to a screen reader. */
export function Avatar({ jid, name, kind = "chat", picture, size, presence, icon, class: more }: AvatarProps) {
  const [broken, setBroken] = useState<string>();
  const classes = ["av", size && `av-${size}`, kind === "room" && "sq", more].filter(Boolean).join(" ");
  const initial = kind === "room" ? "" : initialOf(name);
  if (picture && picture !== broken)
    return (
      <span class={classes} data-p={presence} aria-hidden="true">
        <img src={picture} alt="" width={size ?? 40} height={size ?? 40} decoding="async" draggable={false} onError={() => setBroken(picture)} />
      </span>
    );
  return (
    <span class={classes} data-hue={hueOf(kind === "room" ? jid : tintOf(jid))} data-p={presence} aria-hidden="true">
      {initial || <Icon name={icon ?? (kind === "room" ? "hash" : "person")} />}
    </span>
  );
}

/** Some faces over one another; how many there are in all is said beside them. */
export function FaceStack({ people, most = 3, size = 24 }: { people: readonly { jid: string; name: string; picture?: string | undefined }[]; most?: number; size?: AvatarSize }) {
  return (
    <span class="faces">
      {people.slice(0, most).map((one) => (
        <Avatar key={one.jid} jid={one.jid} name={one.name} picture={one.picture} size={size} />
      ))}
    </span>
  );
}

/** The presence sign alone; the word stands beside it. */
export function Presence({ is }: { is: "available" | "away" | "busy" | "offline" }) {
  return <span class="pres" data-p={is} aria-hidden="true" />;
}

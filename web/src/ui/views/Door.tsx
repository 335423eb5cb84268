// SPDX-License-Identifier: Apache-2.0
// The frame of everything before one is in: a drawing at the side, a card.
import type { ComponentChildren } from "preact";
import mist from "../art/mist.svg?url";
import { Icon } from "../kit/Icon.tsx";
import "../styles/views-door.css";

/** The name of the server as people see it. */
export const host = location.hostname;

/** A card on the ground. */
export function Door({ title, lead, children }: { title: string; lead?: ComponentChildren; children: ComponentChildren }) {
  return (
    <main class="door">
      <div class="door-art"><img src={mist} width={720} height={900} alt="" decoding="async" loading="lazy" /></div>
      <div class="door-main">
        <div class="door-card">
          <span class="brand"><span class="av av-36 sq" data-hue="6"><Icon name="logo" /></span>{host}</span>
          <div class="stack door-words"><h1>{title}</h1>{lead && <p class="lead">{lead}</p>}</div>
          {children}
        </div>
      </div>
    </main>
  );
}

// SPDX-License-Identifier: Apache-2.0
// The rail: the accounts (later spaces) above, settings and oneself below.
import { t } from "../../i18n/index.ts";
import { Avatar } from "../kit/Avatar.tsx";
import { Badge } from "../kit/Badge.tsx";
import { Icon } from "../kit/Icon.tsx";
import { openMenu } from "../kit/Menu.tsx";
import { core } from "../core.ts";
import { go } from "../router.ts";
import { accounts, choose, me, start, waiting } from "../state.ts";

function Me() {
  const mine = me.value;
  if (!mine) return null;
  const label = t("rail.you", { name: mine.name, state: t(`availability.${mine.availability}`) });
  const presence = mine.availability === "invisible" || mine.state !== "online" ? "offline" : mine.availability;
  const signOut = async (): Promise<void> => {
    await core.signOut(mine.jid);
    await start();
    go("/login", true);
  };
  return (
    <button
      type="button" class="me" title={label} aria-label={label} aria-haspopup="menu" aria-expanded="false"
      onClick={(event) =>
        openMenu(event.currentTarget, {
          label: t("rail.me"),
          items: [{ heading: mine.jid }, { label: t("rail.status"), icon: "person", run: () => void import("../people/StatusDialog.tsx").then(({ openStatus }) => openStatus()) }, { label: t("rail.people"), icon: "people", run: () => go("/people") }, { label: t("rail.add-account"), icon: "person-plus", run: () => go("/login") }, "line", { label: t("rail.sign-out"), icon: "logout", run: () => void signOut() }],
        })}
    >
      <Avatar jid={mine.jid} name={mine.name} size={36} picture={mine.avatar} presence={presence} />
    </button>
  );
}

/** The narrow column at the edge. */
export function Rail() {
  const mine = me.value;
  return (
    <nav class="rail" aria-label={t("rail.name")}>
      <ul>
        {accounts.value?.map((jid) => {
          const isHere = jid === mine?.jid;
          const count = isHere ? waiting.value : 0;
          return (
            <li key={jid}>
              <button type="button" class="space" aria-current={isHere ? "true" : undefined} title={jid} onClick={() => void choose(jid).then(() => go("/"))}>
                <span class="av av-40 sq" data-hue="6"><Icon name="logo" /></span>
                <span class="sr-only">{jid}</span>
                {count > 0 && <Badge n={count} you name={t("rail.waiting", { n: count })} />}
              </button>
            </li>
          );
        })}
      </ul>
      <span class="end" />
      <Me />
    </nav>
  );
}

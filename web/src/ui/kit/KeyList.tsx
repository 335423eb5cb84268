// SPDX-License-Identifier: Apache-2.0
// The list of keys, from the same table that makes them work.
import { t } from "../../i18n/index.ts";
import { Kbd } from "./Badge.tsx";
import { COMPOSER_KEYS, KEYS, LETTERS } from "./hotkeys.ts";

type Name = keyof typeof KEYS | keyof typeof COMPOSER_KEYS | keyof typeof LETTERS;

/** What each key does; the single letters only for those who switched them on. */
export function KeyList({ letters }: { letters: boolean }) {
  const all = Object.entries({ ...KEYS, ...COMPOSER_KEYS, ...(letters && LETTERS) }) as [Name, string][];
  return (
    <dl class="key-list">
      {all.map(([name, chord]) => (
        <div key={name}>
          <dt>{t(`keys.${name}`)}</dt>
          <dd>
            <Kbd keys={chord} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

// SPDX-License-Identifier: Apache-2.0
// All keys, and whether single letters are some.
import { t } from "../../../i18n/index.ts";
import { KeyList, Switch } from "../../kit/index.ts";
import { letters } from "../../look.ts";
import { Block, Line } from "./parts.tsx";

/** The page. */
export function Keys() {
  const toggle = (on: boolean): void => void (letters.value = on ? "on" : "off");
  return (
    <>
      <Block>
        <div class="rows"><Line icon="keyboard" name={t("help.letters")} text={t("help.letters-text")}><Switch name={t("help.letters")} checked={letters.value === "on"} onChange={toggle} /></Line></div>
      </Block>
      <Block title={t("help.keys")}><KeyList letters={letters.value === "on"} /></Block>
    </>
  );
}

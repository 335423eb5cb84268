// SPDX-License-Identifier: Apache-2.0
// How it looks: theme, contrast, density, size of text, motion, language. Everything at once, remembered in this browser.
import { LANGUAGES, t } from "../../../i18n/index.ts";
import { IconButton, Segments, Select } from "../../kit/index.ts";
import { contrast, density, motion, SCALE, textScale, theme, tongue } from "../../look.ts";
import { Block, Line } from "./parts.tsx";

const set = <V,>(signal: { value: V }) => (value: V): void => {
  signal.value = value;
};

/** The page. */
export function Look() {
  const system = { value: "system" as const, label: t("look.system") };
  const scale = (by: number) => (): void => void (textScale.value = textScale.value + by);
  return (
    <Block>
      <div class="rows">
        <Line icon="palette" name={t("look.theme")}>
          <Segments name={t("look.theme")} value={theme.value} onChange={set(theme)} options={[system, { value: "light", label: t("look.light") }, { value: "dark", label: t("look.dark") }]} />
        </Line>
        <Line icon="contrast" name={t("look.contrast")}>
          <Segments name={t("look.contrast")} value={contrast.value} onChange={set(contrast)} options={[system, { value: "normal", label: t("look.normal") }, { value: "more", label: t("look.high") }]} />
        </Line>
        <Line icon="list" name={t("look.density")} text={t("look.density-text")}>
          <Segments name={t("look.density")} value={density.value} onChange={set(density)} options={[{ value: "cosy", label: t("look.cosy") }, { value: "compact", label: t("look.compact") }]} />
        </Line>
        <Line icon="expand" name={t("look.size")} text={t("look.percent", { n: Math.round(textScale.value * 100) })}>
          <IconButton icon="minus" name={t("look.smaller")} disabled={textScale.value <= SCALE.least} onClick={scale(-SCALE.step)} />
          <IconButton icon="plus" name={t("look.larger")} disabled={textScale.value >= SCALE.most} onClick={scale(SCALE.step)} />
        </Line>
        <Line icon="pause" name={t("look.motion")}>
          <Segments name={t("look.motion")} value={motion.value} onChange={set(motion)} options={[system, { value: "reduce", label: t("look.still") }]} />
        </Line>
        <Line icon="globe" name={t("look.language")}>
          <Select
            name={t("look.language")} value={tongue.value} onChange={set(tongue)}
            options={[system, ...(Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[]).map((value) => ({ value, label: LANGUAGES[value] }))]}
          />
        </Line>
      </div>
    </Block>
  );
}

// SPDX-License-Identifier: Apache-2.0
// A link as a code to scan with a phone. Dark on light in every theme, with the margin that readers need.
import { t } from "../../i18n/index.ts";
import { Button } from "../kit/Button.tsx";
import { Dialog, openDialog } from "../kit/Dialog.tsx";
import { encode } from "./encode.ts";
import "../styles/views-codes.css";

const MARGIN = 4; // modules

function path(size: number, isDark: (x: number, y: number) => boolean): string {
  let drawn = "";
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      let run = 0;
      while (x + run < size && isDark(x + run, y)) run++;
      if (run > 0) drawn += `M${x + MARGIN} ${y + MARGIN}h${run}v1h-${run}z`;
      x += run;
    }
  }
  return drawn;
}

function CodeDialog({ title, text, help, close }: { title: string; text: string; help: string; close: () => void }) {
  const code = encode(text);
  const side = (code?.size ?? 0) + 2 * MARGIN;
  return (
    <Dialog title={title} class="small" onClose={close}>
      <div class="dialog-body qr">
        {code ? (
          <svg viewBox={`0 0 ${side} ${side}`} role="img" aria-label={t("codes.of", { text })} shape-rendering="crispEdges"><path d={path(code.size, code.isDark)} /></svg>
        ) : <p>{t("codes.too-long")}</p>}
        <p class="second">{help}</p>
        <p class="muted small wrap"><bdi>{text}</bdi></p>
      </div>
      <footer class="dialog-foot"><Button kind="primary" autofocus onClick={close}>{t("kit.close")}</Button></footer>
    </Dialog>
  );
}

/** Shows it; `help` says what scanning does. */
export const openCode = (title: string, text: string, help: string): void => void openDialog((close) => <CodeDialog title={title} text={text} help={help} close={() => close()} />);

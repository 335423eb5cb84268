// SPDX-License-Identifier: Apache-2.0
// A PDF in a message: the upper part of its first page, in a box that is there before it loads. Drawn when it comes into view.
import { useEffect, useRef, useState } from "preact/hooks";
import type { FileInfo } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { Icon } from "../kit/Icon.tsx";
import { sourceOf } from "../message/Files.tsx";
import { cleanFileName } from "../text/index.ts";
import "../styles/views-files.css";

const WIDTH = 320; // px, as the style has it

/** Opens the file. */
export function Paper({ file }: { file: FileInfo }) {
  const [pages, setPages] = useState<number | "none" | undefined>(undefined);
  const box = useRef<HTMLAnchorElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const source = sourceOf(file.url) ?? "";
  const name = cleanFileName(file.name, t("file.nameless"));
  useEffect(() => {
    let isHere = true;
    if (!/^https?:|^\//.test(source)) return undefined; // on its way from here: it is drawn when it has arrived
    const watch = new IntersectionObserver((seen) => {
      if (!seen.some((one) => one.isIntersecting)) return;
      watch.disconnect();
      void import("./pdf.ts")
        .then(({ drawPdf }) => canvas.current && drawPdf(source, canvas.current, WIDTH * Math.min(2, devicePixelRatio)))
        .then((drawn) => isHere && setPages(drawn?.pages ?? "none"), () => isHere && setPages("none"));
    });
    if (box.current) watch.observe(box.current);
    return () => {
      isHere = false;
      watch.disconnect();
    };
  }, [source]);
  return (
    <a ref={box} class="paper" href={source} target="_blank" rel="noopener noreferrer" data-state={pages === undefined ? "waits" : pages === "none" ? "none" : "shown"} aria-label={t("file.view", { name })}>
      <canvas ref={canvas} aria-hidden="true" />
      {typeof pages !== "number" && <Icon name="file" />}
      {typeof pages === "number" && pages > 1 && <span class="paper-pages">{t("file.pages", { n: pages })}</span>}
    </a>
  );
}

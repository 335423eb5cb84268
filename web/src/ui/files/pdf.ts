// SPDX-License-Identifier: Apache-2.0
// The first page of a PDF, drawn by pdf.js: it reads what strangers have made, in a worker of its own, runs nothing that is in it
// (no scripts, no forms, no links), and makes points on a canvas.
import { GlobalWorkerOptions, getDocument } from "pdfjs-dist";
import workerUrl from "pdfjs-dist/build/pdf.worker.min.mjs?worker&url";
import { scriptUrl } from "../core.ts";

const BYTES_MAX = 20_000_000;
const SIDE_MAX = 2048; // px of the canvas
const IMAGE_MAX = 16_000_000; // px of a picture in it
const PATIENCE = 30_000; // ms

export interface Drawn {
  pages: number;
}

/** Draws it WIDTH px wide (of the screen's own); throws for what cannot be read, is too large, or takes too long. */
export async function drawPdf(source: string, canvas: HTMLCanvasElement, width: number): Promise<Drawn> {
  const end = AbortSignal.timeout(PATIENCE);
  const answer = await fetch(source, { signal: end });
  if (!answer.ok || Number(answer.headers.get("content-length") ?? 0) > BYTES_MAX) throw new Error("too large");
  GlobalWorkerOptions.workerPort ??= new Worker(scriptUrl(workerUrl), { type: "module" });
  const task = getDocument({ data: new Uint8Array(await answer.arrayBuffer()), maxImageSize: IMAGE_MAX, isOffscreenCanvasSupported: false, useWasm: false, enableXfa: false, stopAtErrors: true });
  const late = new Promise<never>((_, reject) => end.addEventListener("abort", () => reject(new Error("late"))));
  try {
    const paper = await Promise.race([task.promise, late]);
    const page = await Promise.race([paper.getPage(1), late]);
    const plain = page.getViewport({ scale: 1 });
    const viewport = page.getViewport({ scale: Math.min(width / plain.width, SIDE_MAX / plain.height) });
    canvas.width = Math.round(viewport.width);
    canvas.height = Math.round(viewport.height);
    await Promise.race([page.render({ canvas, viewport }).promise, late]);
    return { pages: paper.numPages };
  } finally {
    void task.destroy();
  }
}

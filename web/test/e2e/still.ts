// SPDX-License-Identifier: Apache-2.0
// Watches, frame by frame, where messages stand on the screen: as they were painted, so after all that is done before a paint.
import type { Page } from "@playwright/test";

interface Seen {
  /** Messages that are not where they were in the frame before: "<key> by <pixels>". */
  moves: string[];
  /** What the browser itself calls shifts of the layout, without those that follow an input: what was where, and where it went. */
  shifts: string[];
  frames: number;
}

/** Starts; the function that is returned stops, after `frames` more, and tells. Nobody may scroll meanwhile. */
export async function watchMoves(page: Page): Promise<(frames?: number) => Promise<Seen>> {
  await page.evaluate(() => {
    const watch = { moves: [] as string[], shifts: [] as string[], frames: 0, stop: false };
    interface Shift extends PerformanceEntry {
      value: number;
      sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
    }
    const rect = ({ x, y, width, height }: DOMRect): string => [x, y, width, height].join(" ");
    const nameOf = (node: Node | null): string => (node instanceof Element ? `${node.tagName}.${node.className}` : `${node?.nodeName} in ${node?.parentElement?.className}`);
    (globalThis as unknown as { watch: typeof watch }).watch = watch;
    new PerformanceObserver((list) => {
      for (const { value, sources } of list.getEntries() as Shift[]) watch.shifts.push(`${value}: ${sources.map(({ node, previousRect, currentRect }) => `${nameOf(node)} from ${rect(previousRect)} to ${rect(currentRect)}`).join("; ")}`);
    }).observe({ type: "layout-shift" });
    let before = new Map<string, number>();
    const look = (): void => {
      if (watch.stop) return;
      const now = new Map<string, number>();
      const view = document.querySelector(".log-in")?.getBoundingClientRect();
      for (const one of document.querySelectorAll<HTMLElement>(".log-in article.msg")) {
        const { top, bottom } = one.getBoundingClientRect();
        if (view && bottom > view.top && top < view.bottom) now.set(one.dataset["key"] ?? "", top);
      }
      for (const [key, y] of now) {
        const by = y - (before.get(key) ?? y);
        if (Math.abs(by) > 0.05) watch.moves.push(`${key} by ${by} in frame ${watch.frames}`);
      }
      before = now;
      if (now.size > 0) watch.frames++;
      requestAnimationFrame(() => painted.port2.postMessage(0));
    };
    const painted = new MessageChannel();
    painted.port1.addEventListener("message", look);
    painted.port1.start();
    requestAnimationFrame(() => painted.port2.postMessage(0));
  });
  return async (frames = 60) => {
    const from = await page.evaluate(() => (globalThis as unknown as { watch: Seen }).watch.frames);
    await page.waitForFunction((until) => (globalThis as unknown as { watch: Seen }).watch.frames >= until, from + frames);
    return page.evaluate(() => {
      const { watch } = globalThis as unknown as { watch: Seen & { stop: boolean } };
      watch.stop = true;
      return { moves: watch.moves, shifts: watch.shifts, frames: watch.frames };
    });
  };
}

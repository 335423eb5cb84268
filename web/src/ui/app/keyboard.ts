// SPDX-License-Identifier: Apache-2.0
// Keyboards of phones: most browsers make the page smaller (index.html asks for it), some only cover it, and move it under the
// finger. Then the frame takes the part that can be seen.

const LEAST = 80; // px that are covered by a keyboard; less is a bar of the browser

/** From now on the frame is as high as what can be seen of it. */
export function watchKeyboard(): void {
  const view = window.visualViewport;
  if (!view) return;
  const { style } = document.documentElement;
  const fit = (): void => {
    // Who has zoomed in with two fingers sees a part of the page, too.
    const isCovered = view.scale < 1.01 && innerHeight - view.height > LEAST;
    if (isCovered) {
      style.setProperty("--view-h", `${Math.round(view.height)}px`);
      scrollTo(0, 0);
    } else style.removeProperty("--view-h");
  };
  view.addEventListener("resize", fit);
}

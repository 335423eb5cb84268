// SPDX-License-Identifier: Apache-2.0
// What is put into a measured page: waiting until something can be seen, frame by frame, and how long keys take to be painted.

/** Script that runs before the page's own; `first`: the first useful screen is there. Its time ends up in bench.first, ms since the navigation began. */
export const glass = (first: string): string => `
window.bench = {
  first: undefined,
  /** After the next frame was painted; ms since the navigation began. */
  frame: () => new Promise((done) => requestAnimationFrame(() => { const { port1, port2 } = new MessageChannel(); port1.onmessage = () => done(performance.now()); port2.postMessage(0); })),
  /** When it could be seen; undefined: not within patience. */
  async until(fits, patience) {
    for (const end = performance.now() + patience; performance.now() < end; await new Promise(requestAnimationFrame)) if (fits()) return bench.frame();
    return undefined;
  },
  /** A message that contains this is in view. */
  sees(selector, mark) {
    const all = document.querySelectorAll(selector);
    for (let i = all.length - 1; i >= Math.max(0, all.length - 100); i--) {
      if (!all[i].textContent.includes(mark)) continue;
      const box = all[i].getBoundingClientRect();
      if (box.height > 0 && box.bottom > 0 && box.top < innerHeight) return true;
    }
    return false;
  },
  /** Milliseconds from running do() until fits(). */
  async time(run, fits, patience) {
    const begun = performance.now();
    run();
    const end = await bench.until(fits, patience);
    return end === undefined ? undefined : end - begun;
  },
  keys: [],
  /** From a key press to the frame behind it. */
  watchKeys() {
    bench.keys = [];
    addEventListener('keydown', (event) => { const at = event.timeStamp; void bench.frame().then((now) => bench.keys.push(now - at)); }, true);
  },
  /** Scrolls back to where older messages are asked for, and looks in each frame how far a message moves while they come in; px. Undefined: none came. */
  async insert(box, article, top, patience) {
    const frame = () => new Promise(requestAnimationFrame);
    const end = performance.now() + patience;
    const isReverse = getComputedStyle(box).flexDirection === 'column-reverse';
    const offset = () => isReverse ? box.scrollHeight - box.clientHeight + box.scrollTop : box.scrollTop;
    const scroll = (to) => { box.scrollTop = isReverse ? to - (box.scrollHeight - box.clientHeight) : to; };
    // First to a place where nothing is asked for yet, until it is calm; then on as a wheel does.
    if (offset() > top + 700) scroll(top + 700);
    for (let i = 0; i < 30; i++) await frame();
    const before = box.scrollHeight;
    while (offset() > top && performance.now() < end) { scroll(Math.max(top, offset() - 100)); await frame(); }
    await frame();
    const edge = box.getBoundingClientRect();
    const one = [...box.querySelectorAll(article)].find((each) => each.getBoundingClientRect().top > edge.top + 100);
    if (!one) return undefined;
    const text = one.textContent;
    const place = () => (one.isConnected ? one : [...box.querySelectorAll(article)].find((each) => each.textContent === text))?.getBoundingClientRect().top;
    const at = place();
    let [far, grown, calm] = [0, box.scrollHeight > before + 1000, 0];
    for (; performance.now() < end && calm < 40; await frame()) {
      const now = place();
      far = Math.max(far, now === undefined ? 10000 : Math.abs(now - at));
      grown ||= box.scrollHeight > before + 1000;
      calm = grown ? calm + 1 : 0;
    }
    return grown ? far : undefined;
  },
};
{
  const isFirst = () => { try { return ${first}; } catch { return false; } };
  void bench.until(isFirst, 300000).then((at) => { bench.first = at; });
}`;

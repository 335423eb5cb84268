// SPDX-License-Identifier: Apache-2.0
// What can be undone in the composer: typing is one step until a pause or a blank. Pure.

export interface Step {
  text: string;
  caret: number;
}

const STEPS_MAX = 200;
const PAUSE = 1000; // ms

export class Undo {
  private readonly done: Step[] = [];
  private readonly undone: Step[] = [];
  private last = 0;

  /** Before `now` took the place of `before`, at a time in milliseconds. */
  note(before: Step, now: Step, time: number): void {
    const grows = now.text.length === before.text.length + 1 && !/\s/.test(now.text[now.caret - 1] ?? " ");
    if (!(grows && time - this.last < PAUSE && this.done.length > 0)) {
      this.done.push(before);
      if (this.done.length > STEPS_MAX) this.done.shift();
    }
    this.last = time;
    this.undone.length = 0;
  }

  /** The step to go back to. */
  undo(now: Step): Step | undefined {
    const step = this.done.pop();
    if (step) this.undone.push(now);
    this.last = 0;
    return step;
  }

  redo(now: Step): Step | undefined {
    const step = this.undone.pop();
    if (step) this.done.push(now);
    return step;
  }

  clear(): void {
    this.done.length = 0;
    this.undone.length = 0;
  }
}

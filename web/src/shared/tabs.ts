// SPDX-License-Identifier: Apache-2.0
// Where there is no SharedWorker, the worker of one tab serves the pages of all, over a BroadcastChannel that all of them hear.

/** "who": pages look for the worker, which answers with "here" and its id, and says so when it begins. All else goes from one to one. */
export type Word = { who: true } | { here: string } | { from: string; to: string; letter: unknown };

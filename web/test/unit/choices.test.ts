// SPDX-License-Identifier: Apache-2.0
// What was chosen is on the disk before anything shows, is told again after a lost session, and the newest choice holds.
import { expect, it } from "vitest";
import { type Choice, Choices } from "../../src/core/model/choices.ts";
import { Refusal } from "../../src/shared/rpc.ts";
import type { Fault } from "../../src/shared/types.ts";

interface Asked {
  key: string;
  value: unknown;
  answer(fault?: Fault): void;
}

function bed(disk: Choice[] = [], isOnline = true) {
  const world = { isOnline, disk, asked: [] as Asked[], undone: [] as string[], refused: [] as string[] };
  const choices = new Choices({
    keep: async (all) => void (world.disk = structuredClone(all)), isOnline: () => world.isOnline, refused: ({ kind, key }, fault) => world.refused.push(`${kind} ${key} ${fault}`),
  });
  choices.restore(disk);
  const serve = (): void => choices.serve<unknown>("star", (key, value) => new Promise((resolve, reject) => {
    world.asked.push({ key, value, answer: (fault) => (fault ? reject(new Refusal(fault)) : resolve(undefined)) });
  }), (key) => world.undone.push(key));
  return { world, choices, serve };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

it("is kept first, told, and forgotten once the server has it", async () => {
  const { world, choices, serve } = bed();
  serve();
  await choices.put("star", "a", true);
  expect(world.disk).toEqual([{ kind: "star", key: "a", value: true }]);
  expect(choices.get("star", "a")).toBe(true);
  expect(world.asked.map(({ key, value }) => [key, value])).toEqual([["a", true]]);
  world.asked[0]?.answer();
  await settled();
  expect(world.disk).toEqual([]);
  expect(choices.get("star", "a")).toBeUndefined();
  expect([...world.undone, ...world.refused]).toEqual([]);
});

it("waits without a connection, and is told by the worker that comes after", async () => {
  const before = bed([], false);
  before.serve();
  await before.choices.put("star", "a", true);
  await before.choices.put("star", "b", true);
  await before.choices.put("star", "a", false);
  expect(before.world.asked).toEqual([]);
  const { world, choices, serve } = bed(before.world.disk, false);
  expect(choices.all("star")).toEqual([["b", true], ["a", false]]);
  world.isOnline = true;
  choices.flush(); // nobody tells such things yet
  serve();
  expect(world.asked.map(({ key, value }) => [key, value])).toEqual([["b", true], ["a", false]]);
});

it("that was chosen again meanwhile is told again, one after the other", async () => {
  const { world, choices, serve } = bed();
  serve();
  await choices.put("star", "a", true);
  await choices.put("star", "a", false);
  expect(world.asked).toHaveLength(1);
  world.asked[0]?.answer("forbidden"); // of the old one: nothing is said
  await settled();
  expect(world.asked.map(({ value }) => value)).toEqual([true, false]);
  expect(world.refused).toEqual([]);
  world.asked[1]?.answer();
  await settled();
  expect(world.disk).toEqual([]);
});

it("stays when the session was lost; is taken back and said when it is refused", async () => {
  const { world, choices, serve } = bed();
  serve();
  await choices.put("star", "a", true);
  world.isOnline = false;
  world.asked[0]?.answer("offline");
  await settled();
  expect(choices.get("star", "a")).toBe(true);
  world.isOnline = true;
  choices.flush();
  choices.flush();
  expect(world.asked).toHaveLength(2);
  world.asked[1]?.answer("forbidden");
  await settled();
  expect([world.disk, world.undone, world.refused]).toEqual([[], ["a"], ["star a forbidden"]]);
});

it("of an earlier worker gives way to what was chosen since", async () => {
  const { world, choices } = bed([], false);
  await choices.put("star", "a", false);
  choices.restore([{ kind: "star", key: "a", value: true }, { kind: "star", key: "b", value: true }]);
  expect(choices.all("star")).toEqual([["a", false], ["b", true]]);
  expect(world.asked).toEqual([]);
});

// SPDX-License-Identifier: Apache-2.0
// Every sentence of the client in English.
import { files } from "./en-files.ts";
import { frame } from "./en-frame.ts";
import { late } from "./en-late.ts";
import { main } from "./en-main.ts";
import { people } from "./en-people.ts";
import { pins } from "./en-pins.ts";
import { rooms } from "./en-rooms.ts";
import { views } from "./en-views.ts";

export const en = { ...files, ...frame, ...late, ...people, ...pins, ...rooms, ...views, ...main };

// Drawings of # and . → patterns of 1 and -1.

import { Refusal } from "../page.js";
import { words } from "./text.js";

export const WIDTH = 10;
export const HEIGHT = 12;

export function pattern(drawing) {
  const rows = words(drawing);
  const fits = rows.length === HEIGHT && rows.every((row) => row.length === WIDTH && /^[#.]+$/.test(row));
  if (!fits) throw new Refusal(`It takes a drawing of ${HEIGHT} lines of ${WIDTH} points, # or .`);
  return Array.from(rows.join(""), (point) => (point === "#" ? 1 : -1));
}

// A digit somewhere in a wider image, alone or among pieces of others.

import { SIDE } from "../processing/images.js";

export const WIDE = 60;
const [PIECES, PIECE] = [4, 8];

/** A digit laid anywhere, and over it pieces of the others, if there are any: WIDE by WIDE points. */
export function scattered(digit, others) {
  const wide = new Float32Array(WIDE * WIDE);
  put(wide, digit, SIDE, 0, 0);
  for (let i = 0; i < PIECES && others.length; i++)
    put(wide, others[below(others.length)], PIECE, below(SIDE - PIECE + 1), below(SIDE - PIECE + 1));
  return wide;
}

/** Lays a square of a digit anywhere into a wide image, where it is darker than what is there. */
function put(wide, digit, size, left, top) {
  const [x, y] = [below(WIDE - size + 1), below(WIDE - size + 1)];
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const place = (y + row) * WIDE + x + column;
      wide[place] = Math.max(wide[place], digit[(top + row) * SIDE + left + column]);
    }
}

const below = (limit) => Math.floor(Math.random() * limit);

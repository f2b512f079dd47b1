// Bits read, and after each the chance that the next is 1.

import * as raw from "../processing/ntm-ngrams.js";
import { machine } from "./machine.js";

export const start = (model, page) => machine(model, page, raw);

// Vectors read each with a priority, and those of the highest written in order.

import * as raw from "../processing/ntm-sort.js";
import { machine } from "./machine.js";

export const start = (model, page) => machine(model, page, raw, "ntm_feedforward");

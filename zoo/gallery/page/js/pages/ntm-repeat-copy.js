// Vectors read, and written as often as is asked.

import * as raw from "../processing/ntm-repeat-copy.js";
import { machine } from "./machine.js";

export const start = (model, page) => machine(model, page, raw);

// What every page starts with.

import * as appearance from "./appearance.js";
import * as copying from "./copying.js";
import * as drop from "./drop.js";
import * as grid from "./grid.js";
import * as help from "./help.js";
import * as keys from "./keys.js";
import * as live from "./live.js";
import * as more from "./more.js";
import * as picture from "./picture.js";
import * as play from "./play.js";
import * as saving from "./saving.js";
import * as steer from "./steer.js";
import * as suggest from "./suggest.js";
import * as toast from "./toast.js";
import * as uploads from "./uploads.js";
import * as veil from "./veil.js";
import * as viewer from "./viewer.js";
import * as visit from "./visit.js";
import * as waiting from "./waiting.js";
import * as walk from "./walk.js";
import * as watch from "./watch.js";
import * as why from "./why.js";

for (const part of [
  grid, visit, more, waiting, suggest, walk, viewer, live, play, uploads, picture, drop, keys, help, appearance, copying, toast,
  saving, watch, why, veil, steer,
]) {
  part.start();
}

/* review.js — before handing in: nothing may still wait on this device. */

import { openRoom } from "./bar.js";

const handIn = document.getElementById("hand-in");
const button = handIn.querySelector("button");

const room = openRoom({
  changed(queue) {
    show(queue);
    // What was waiting is saved now: the lists of blanks are out of date.
    if (!queue.size) location.reload();
  },
});

function show(queue) {
  document.getElementById("held").hidden = queue.size === 0;
  button.disabled = queue.size > 0;
}

show(room.queue);
if (room.queue.size) room.line.flush();

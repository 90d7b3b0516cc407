/**
 * The coverage bar: the receipt, drawn to scale.
 *
 * Knows geometry, as SVG attributes (the page's policy forbids inline style); nothing of how a
 * second came to be credited. It draws the same receipt the card shows.
 */

const SVG = "http://www.w3.org/2000/svg";
const CLASS_OF = { credited: "cv-ok", awaiting: "cv-sync", lost: "cv-gap" };

/** Return the pieces of a receipt from left to right: `{kind, from, to}` in seconds. */
export function pieces(receipt) {
  const all = Object.keys(CLASS_OF).flatMap((kind) => receipt[kind].map(([from, to]) => ({ kind, from, to })));
  return all.sort((one, other) => one.from - other.from);
}

/** Return a share of the whole as an SVG length. */
export function percent(part, whole) {
  return `${whole > 0 ? ((Math.min(Math.max(part, 0), whole) * 100) / whole).toFixed(3) : "0"}%`;
}

/** Draw the pieces into a `<g>`, reusing the rectangles that are there. */
export function drawPieces(group, receipt) {
  const drawn = pieces(receipt);
  while (group.childElementCount > drawn.length) group.lastElementChild.remove();
  while (group.childElementCount < drawn.length) group.append(document.createElementNS(SVG, "rect"));
  drawn.forEach(({ kind, from, to }, i) => {
    const rect = group.children[i];
    rect.setAttribute("class", CLASS_OF[kind]);
    rect.setAttribute("x", percent(from, receipt.durationS));
    rect.setAttribute("width", percent(to - from, receipt.durationS));
    rect.setAttribute("height", "28");
  });
}

/** Move the playhead. */
export function drawHead({ line, knob }, positionS, durationS) {
  const x = percent(positionS, durationS);
  line.setAttribute("x1", x);
  line.setAttribute("x2", x);
  knob.setAttribute("cx", x);
}

/** Say the bar in words: one clause a piece, and the rest unseen. */
export function spoken(receipt, say, spokenTime) {
  const parts = pieces(receipt).map(({ kind, from, to }) =>
    say(`bar.${kind}`, { from: spokenTime(from), to: spokenTime(to) }),
  );
  if (receipt.positionS < receipt.durationS) parts.push(say("bar.unseen", { from: spokenTime(receipt.positionS) }));
  return parts.join(say("bar.between"));
}

/** Return where the bar's own labels stand: each gap by its middle, and the place reached. */
export function marks(receipt) {
  const first = receipt.lost[0];
  const gap = first ? [{ kind: "gap", atS: (first[0] + first[1]) / 2, run: first }] : [];
  const hasReached = receipt.positionS > 0 && receipt.positionS < receipt.durationS;
  return [...gap, ...(hasReached ? [{ kind: "reached", atS: receipt.positionS }] : [])];
}

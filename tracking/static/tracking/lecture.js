/**
 * The lecture as the page describes it: the data attributes of `<main>`, read once.
 *
 * Knows their names and units; nothing of what is done with them.
 */

/** Return the lecture's facts from the page's dataset. */
export function lectureOf(data) {
  const durationMs = Number(data.durationMs);
  return {
    keptAs: data.keptAs,
    obstacle: data.obstacle,
    durationMs,
    neededS: Number(data.neededS),
    hourSeconds: Number(data.hourSeconds),
    resumeS: Number(data.resumeS),
    have: JSON.parse(data.have),
    prov: JSON.parse(data.prov),
    policy: { countsHidden: data.countsHidden === "true", countsPicture: data.countsPip === "true" },
    rules: { firstPercent: Number(data.firstRate), reviewPercent: Number(data.reviewRate), durationMs },
    tickets: { url: data.ticketUrl, csrf: data.csrf, socketPath: data.socket, pageTicket: data.ticket },
  };
}

/**
 * Tickets: one for each session, fetched with the page's session cookie and CSRF token.
 *
 * Knows the ticket's address and its answers (TRACKING §8); nothing of sockets.
 */

/** The page's own ticket lives 60 s; leave room for the way. */
const PAGE_TICKET_GOOD_MS = 45_000;
const ANSWER_WITHIN_MS = 10_000;

/** A ticket was refused for good; `code` says why. */
export class TicketRefused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** Return `fetchTicket()`: the page's embedded ticket first, while it is young, then fresh ones. */
export function ticketOffice({ url, csrf, socketPath, pageTicket }) {
  let embedded = pageTicket;
  return async () => {
    const ticket = embedded;
    embedded = "";
    if (ticket && performance.now() < PAGE_TICKET_GOOD_MS) return { ticket, ws: socketUrl(socketPath) };
    const response = await fetch(url, {
      method: "POST",
      headers: { "X-CSRFToken": csrf, Accept: "application/json" },
      credentials: "same-origin",
      // Safari 15 times no request: there the network's own patience must do.
      signal: AbortSignal.timeout?.(ANSWER_WITHIN_MS),
    });
    if (!response.ok) throw await refusal(response);
    const answer = await response.json();
    return { ticket: answer.ticket, ws: socketUrl(answer.ws) };
  };
}

/** Return what a refusal means: final ones as TicketRefused, others as a failure to try again. */
async function refusal(response) {
  if (response.status === 401 || response.status === 403) return new TicketRefused("auth");
  if (response.status === 404) return new TicketRefused("gone");
  if (response.status === 409) return new TicketRefused((await response.json()).code);
  return new Error(`ticket: ${response.status}`);
}

function socketUrl(path) {
  const url = new URL(path, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./modules.mjs";

const { ticketOffice } = await load("tickets");
const { browserWorld } = await load("transports");

globalThis.location = { href: "https://test/learn/", protocol: "https:" };

const answered = (answer, status = 200) => async () => ({ status, ok: status === 200, json: async () => answer, headers: new Map() });

const office = (pageTicket = "") => ticketOffice({ url: "/ticket/", csrf: "c", socketPath: "/ws/track/", pageTicket });

test("takes the page's own ticket while it is young, and once", async () => {
  globalThis.fetch = answered({ ticket: "fresh", ws: "/ws/track/" });
  const fetchTicket = office("embedded");
  assert.deepEqual([await fetchTicket(), (await fetchTicket()).ticket], [{ ticket: "embedded", ws: "wss://test/ws/track/" }, "fresh"]);
});

test("says for good why there is no ticket, and tries again where nothing is said", async () => {
  for (const [status, code] of [[401, "auth"], [403, "auth"], [404, "gone"], [409, "year_closed"], [500, undefined]]) {
    globalThis.fetch = answered({ code: "year_closed" }, status);
    await assert.rejects(office()(), (error) => error.code === code);
  }
});

test("asks also in a browser that cannot time a request", async () => {
  const { timeout } = AbortSignal;
  AbortSignal.timeout = undefined;
  try {
    globalThis.fetch = answered({ ticket: "fresh", ws: "/ws/track/", messages: [{ t: "ok" }] });
    assert.equal((await office()()).ticket, "fresh");
    assert.deepEqual((await browserWorld().request("hb", {})).messages, [{ t: "ok" }]);
  } finally {
    AbortSignal.timeout = timeout;
  }
});

/**
 * What this browser keeps on disk: the pending set, which a reload or a crash must not lose, and
 * the server's signed receipts, which are the learner's own proof.
 *
 * Knows one IndexedDB with two tables, `lesson → {session, runs}` and `[lesson, session] →
 * receipt`; nothing of what they mean. Storage may be refused (private windows, full disks): then
 * it forgets, and says nothing, because the server's record is the one that counts and the lost
 * seconds are played again.
 */

const DATABASE = "hourbook-tracking";
const VERSION = 2;
const PENDING = "pending";
const RECEIPTS = "receipts";
/** A lecture waits so long for what was kept: some browsers' storage is opened and never answers. */
const PATIENCE_MS = 2_000;

/** Return what was kept for a lesson, or null. */
export async function load(lesson) {
  const impatience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  return (await Promise.race([attempt(PENDING, "readonly", (table) => table.get(lesson)), impatience])) ?? null;
}

/** Keep the pending runs of a session; an empty set is forgotten. */
export async function save(lesson, session, runs) {
  const isWorthKeeping = session && runs.length > 0;
  await attempt(PENDING, "readwrite", (table) =>
    isWorthKeeping ? table.put({ session, runs }, lesson) : table.delete(lesson),
  );
}

/** Keep a session's newest receipt. */
export async function saveReceipt(lesson, receipt) {
  await attempt(RECEIPTS, "readwrite", (table) => table.put(receipt, [lesson, receipt.sid]));
}

/** Return a lesson's newest receipt, of whichever session, or null. */
export async function loadReceipt(lesson) {
  const all = (await attempt(RECEIPTS, "readonly", (table) => table.getAll(IDBKeyRange.bound([lesson], [lesson, []])))) ?? [];
  return all.reduce((newest, one) => (newest && newest.at >= one.at ? newest : one), null);
}

/** Run one request and return its result; undefined when there is no storage. */
async function attempt(name, mode, ask) {
  try {
    const database = await opened();
    return await answered(ask(database.transaction(name, mode).objectStore(name)));
  } catch {
    return undefined;
  }
}

let opening = null;

function opened() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = () => {
      const kept = request.result.objectStoreNames;
      for (const name of [PENDING, RECEIPTS]) if (!kept.contains(name)) request.result.createObjectStore(name);
    };
    request.onsuccess = () => {
      // A page of a newer version must not wait for this one to be closed.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return opening;
}

function answered(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * The pending set on disk: what a reload or a crash of the browser must not lose.
 *
 * Knows one IndexedDB table, `lesson → {session, runs}`; nothing of what the runs mean. Storage
 * may be refused (private windows, full disks): then it forgets, and says nothing, because the
 * server's record is the one that counts and the lost seconds are played again.
 */

const DATABASE = "hourbook-tracking";
const TABLE = "pending";

/** Return what was kept for a lesson, or null. */
export async function load(lesson) {
  return (await attempt("readonly", (table) => table.get(lesson))) ?? null;
}

/** Keep the pending runs of a session; an empty set is forgotten. */
export async function save(lesson, session, runs) {
  const isWorthKeeping = session && runs.length > 0;
  await attempt("readwrite", (table) => (isWorthKeeping ? table.put({ session, runs }, lesson) : table.delete(lesson)));
}

/** Run one request and return its result; undefined when there is no storage. */
async function attempt(mode, ask) {
  try {
    const database = await opened();
    return await answered(ask(database.transaction(TABLE, mode).objectStore(TABLE)));
  } catch {
    return undefined;
  }
}

let opening = null;

function opened() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
    request.onsuccess = () => resolve(request.result);
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

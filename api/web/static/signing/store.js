// What a browser keeps for signing, in IndexedDB: keys that cannot be exported, and what was signed and not yet answered.

const NAME = "lodestone-signing";

/** @returns {Promise<IDBDatabase>} */
function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("keys", { keyPath: "kid" });
      asked.result.createObjectStore("outbox", { keyPath: "id" });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

/** One piece of work, durable when the promise resolves. */
async function work(store, mode, ask) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(store, mode, { durability: "strict" });
      const asked = ask(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(asked?.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/**
 * Keep a key with its chain: `{kid, alg, jwk, privateKey, ledger, organization, chain, opening, open}`.
 * @param {object} entry
 */
export const keepKey = (entry) => work("keys", "readwrite", (store) => store.put(entry));

/** The keys of this browser. @returns {Promise<object[]>} */
export const keptKeys = () => work("keys", "readonly", (store) => store.getAll());

/**
 * Keep signed records until they are answered, in their order: `{id, order, ledger, type, envelope}`.
 * @param {object[]} entries
 */
export const keepSigned = (entries) =>
  work("outbox", "readwrite", (store) => {
    for (const entry of entries) store.put(entry);
  });

/** A signed record was answered. @param {string} id */
export const forgetSigned = (id) => work("outbox", "readwrite", (store) => store.delete(id));

/** What was signed and not yet answered, in order. @returns {Promise<object[]>} */
export const keptSigned = async () =>
  (await work("outbox", "readonly", (store) => store.getAll())).sort((one, other) => one.order - other.order);

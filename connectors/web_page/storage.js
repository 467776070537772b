// localStorage and sessionStorage that cannot throw: where a browser blocks them, memory serves for this visit.

function safe(name) {
  const memory = new Map();
  const real = (work, otherwise) => {
    try {
      return work(window[name]);
    } catch (error) {
      return otherwise();
    }
  };
  return {
    get: (key) => real((store) => store.getItem(key), () => memory.get(key) ?? null),
    set: (key, value) => real((store) => store.setItem(key, value), () => memory.set(key, value)),
    drop: (key) => real((store) => store.removeItem(key), () => memory.delete(key)),
  };
}

export const lasting = safe("localStorage");
export const visit = safe("sessionStorage");

export function readJson(store, key, otherwise) {
  try {
    return JSON.parse(store.get(key)) ?? otherwise;
  } catch (error) {
    return otherwise;
  }
}

/** 128 random bits.  (crypto.randomUUID needs a secure context; counters on a local network may not have one.) */
export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

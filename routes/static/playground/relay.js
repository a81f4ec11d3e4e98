// Calls to this relay, and how long they took.
import { reader } from "./sse.js";

/** A call that the relay refused or failed; `message` is what it says itself. */
export class Refused extends Error {
  constructor(message, status, headers) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/**
 * An answer that was begun: `response`, and `clock`, whose `first` and `total` are the seconds
 * that went by until now since the request was sent.
 */
export async function asked(path, key, { body, signal } = {}) {
  const began = performance.now();
  const form = body instanceof FormData;
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  if (body && !form) headers["Content-Type"] = "application/json";
  const method = body ? "POST" : "GET";
  const response = await reached(
    fetch(path, { method, headers, signal, body: form || !body ? body : JSON.stringify(body) }),
  );
  if (!response.ok) throw await refusal(response);
  return { response, seconds: () => (performance.now() - began) / 1000 };
}

export async function models(key) {
  const { response } = await asked("/v1/models", key);
  return (await response.json()).data;
}

/** The events of a stream. Who stops listening, or whose signal aborts, ends the call. */
export async function* events(response) {
  const pieces = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const read = reader();
  try {
    for (;;) {
      const { done, value } = await reached(pieces.read());
      if (done) return;
      yield* read(value);
    }
  } finally {
    pieces.cancel().catch(() => {}); // it may have ended of itself
  }
}

/** A browser says no more than that it failed. */
async function reached(work) {
  try {
    return await work;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The connection to the relay failed or broke off.", { cause: error });
  }
}

async function refusal(response) {
  const told = await response.json().catch(() => ({}));
  const message = told.error?.message ?? `The relay answered with status ${response.status}, and no reason.`;
  return new Refused(message, response.status, response.headers);
}

// Calls to this relay: what they give, how long they take, and how they are stopped.
import { useEffect, useRef, useState } from "../html.js";
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

/**
 * `run` does the work, which gets a signal, and never throws: what went wrong is `error`. Escape
 * stops it, and so does `stop`. `onKeyFault` hears of a key that is refused; `stopped` is said of
 * a call that was.
 */
export function useCall(onKeyFault, stopped) {
  const [state, setState] = useState({ busy: false, error: "" });
  const control = useRef(null);
  const stop = () => control.current?.abort();

  async function run(work) {
    control.current = new AbortController();
    setState({ busy: true, error: "" });
    let error = "";
    try {
      await work(control.current.signal);
    } catch (caught) {
      error = caught.name === "AbortError" ? stopped : caught.message;
      if (caught.status === 401) onKeyFault(caught.message);
    }
    control.current = null;
    setState({ busy: false, error });
  }

  useEffect(() => {
    const escape = (event) => event.key === "Escape" && !event.defaultPrevented && stop();
    document.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("keydown", escape);
      stop();
    };
  }, []);
  return { ...state, run, stop };
}

/** Seconds since `busy` became true. */
export function useSeconds(busy) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    if (!busy) return undefined;
    const began = Date.now();
    setSeconds(0);
    const timer = setInterval(() => setSeconds(Math.round((Date.now() - began) / 1000)), 1000);
    return () => clearInterval(timer);
  }, [busy]);
  return seconds;
}

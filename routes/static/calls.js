// Calls to this relay.

/** What was refused; `message` is what the relay says itself, if it was the relay. */
class Refused extends Error {
  constructor(message, { status, headers }) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** What was asked for is not there, as the relay itself says. */
export class Missing extends Refused {}

/** An answer that was begun. `secret` is a key or the operator's token. */
export async function request(path, secret, { body, method = body ? "POST" : "GET", signal } = {}) {
  const form = body instanceof FormData;
  const headers = secret ? { Authorization: `Bearer ${secret}` } : {};
  if (body && !form) headers["Content-Type"] = "application/json";
  const sent = form || !body ? body : JSON.stringify(body);
  const response = await unbroken(fetch(path, { method, headers, signal, body: sent }));
  if (!response.ok) throw await refusal(response);
  return response;
}

/** A browser says no more than that it failed. */
export async function unbroken(work) {
  try {
    return await work;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The connection to the relay failed or broke off.", { cause: error });
  }
}

async function refusal(response) {
  const { error } = await response.json().catch(() => ({}));
  if (!error) return new Refused(`Something in front of the relay answered ${response.status}.`, response);
  return new (response.status === 404 ? Missing : Refused)(error.message, response);
}

export const fetched = async (...call) => (await request(...call)).json();

/** A path with its parameters; what is empty is left out. */
export function query(path, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== "" && value != null);
  return `${path}?${new URLSearchParams(given)}`;
}

/** Lets the browser keep a table (CSV) as a file, marked as UTF-8 for spreadsheets. The secret stays in a header. */
export async function download(path, secret, name) {
  const response = await request(path, secret);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", await response.blob()]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

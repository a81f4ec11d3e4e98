// What the relay tells its operator, and does for them.

/** What was refused; `message` is what the relay says itself, if it was the relay. */
export class Refused extends Error {
  constructor(message, { isThere = true } = {}) {
    super(message);
    this.isThere = isThere; // what was asked for
  }
}

async function asked(token, path, { method = "GET", body, signal } = {}) {
  const headers = { Authorization: `Bearer ${token}` };
  if (body) headers["Content-Type"] = "application/json";
  const response = await fetch(path, { method, headers, signal, body: body && JSON.stringify(body) }).catch((error) => {
    throw error.name === "AbortError" ? error : new Refused("The relay cannot be reached.");
  });
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response) {
  const told = await response.json().catch(() => ({}));
  return told.error
    ? new Refused(told.error.message, { isThere: response.status !== 404 })
    : new Refused(`Something in front of the relay answered ${response.status}.`);
}

/** A path with what is asked for; what is empty is left out. */
export function query(path, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== "" && value != null);
  return `${path}?${new URLSearchParams(given)}`;
}

export const told = async (token, path, options) => (await asked(token, path, options)).json();

/** Lets the browser keep a table as a file. The token stays in a header. */
export async function download(token, path, name) {
  const response = await asked(token, path);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

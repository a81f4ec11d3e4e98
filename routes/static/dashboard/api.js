// What the relay tells its operator, and does for them.

/** What the relay refused; `message` is what it says itself. */
export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function asked(token, path, { method = "GET", body, signal } = {}) {
  const headers = { Authorization: `Bearer ${token}` };
  if (body) headers["Content-Type"] = "application/json";
  const response = await fetch(path, { method, headers, signal, body: body && JSON.stringify(body) }).catch((error) => {
    throw error.name === "AbortError" ? error : new Refused("The relay cannot be reached.", 0);
  });
  if (!response.ok) throw new Refused(await refusal(response), response.status);
  return response;
}

async function refusal(response) {
  const told = await response.json().catch(() => ({}));
  return told.error?.message ?? `The relay answered ${response.status}.`;
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

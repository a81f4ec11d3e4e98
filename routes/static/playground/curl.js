// The command that asks for the same as a request of this page.

const SHOWN = 24; // characters of an attachment
const LONG = 300;
const KEY = '-H "Authorization: Bearer $ONE_MIN_API_KEY"';
const ATTACHMENT = /^data:[^,]{0,200},/;

/** For sh, where nothing but the quote itself means anything inside quotes. */
export const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** `options` go in front, such as -N for a stream. `whole` is false where attachments were shortened. */
export function ofJson(url, body, ...options) {
  let whole = true;
  const json = JSON.stringify(
    body,
    (name, value) => {
      if (typeof value !== "string" || value.length < LONG) return value;
      const head = ATTACHMENT.exec(value)?.[0] ?? (name === "data" ? "" : null);
      if (head === null) return value;
      whole = false;
      const left = value.length - head.length - SHOWN;
      return `${value.slice(0, head.length + SHOWN)}… ${left} characters left out …`;
    },
    2,
  );
  const lines = [[...options, quoted(url)].join(" "), KEY, '-H "Content-Type: application/json"', `-d ${quoted(json)}`];
  return { text: command(lines), whole };
}

/** `fields` as they are sent, and a file that has to be in the folder where it is run. */
export function ofForm(url, fields, file) {
  const named = `file=@"${file.replaceAll(/["\\]/g, "\\$&")}"`;
  const given = Object.entries(fields).map(([name, value]) => `--form-string ${quoted(`${name}=${value}`)}`);
  return { text: command([quoted(url), KEY, ...given, `-F ${quoted(named)}`]), whole: true };
}

const command = (lines) => `curl ${lines.join(" \\\n  ")}`;

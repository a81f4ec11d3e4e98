// Server-sent events, read from pieces of text that may be cut anywhere.
import { unbroken } from "../calls.js";

const LONGEST = 100_000_000; // characters that belong to no whole line yet

/** The events of a stream. Who stops listening, or whose signal aborts, ends the call. */
export async function* events(response) {
  const pieces = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const read = reader();
  try {
    for (;;) {
      const { done, value } = await unbroken(pieces.read());
      if (done) return;
      yield* read(value);
    }
  } finally {
    pieces.cancel().catch(() => {}); // it may have ended of itself
  }
}

/**
 * A function that takes the next piece and returns the events that it completes: `{data}`, or
 * `{comment}` for what a server says beside them.
 */
export function reader() {
  let rest = "";
  let data = [];

  function event(line) {
    if (line === "") {
      const events = data.length ? [{ data: data.join("\n") }] : [];
      data = [];
      return events;
    }
    const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line);
    if (name === "data") data.push(value);
    return line.startsWith(":") ? [{ comment: value }] : [];
  }

  return (piece) => {
    rest += piece;
    if (rest.length > LONGEST) throw new Error("The stream has a line without an end.");
    if (!/[\r\n]/.test(piece)) return [];
    const lines = rest.split(/\r\n|\n|\r(?!$)/); // what ends in \r may go on with \n
    rest = lines.pop();
    return lines.flatMap(event);
  };
}

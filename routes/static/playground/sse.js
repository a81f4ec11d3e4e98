// Server-sent events, read from pieces of text that may be cut anywhere.

const LONGEST = 100_000_000; // characters that belong to no whole line yet

/**
 * A function that takes the next piece and returns the events that it completes: `{data}`, or
 * `{comment}` for what a server says beside them.
 */
export function reader() {
  let rest = "";
  let data = [];

  function event(line) {
    if (line === "") {
      const told = data.length ? [{ data: data.join("\n") }] : [];
      data = [];
      return told;
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

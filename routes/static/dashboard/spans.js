// Which time is looked at, and its calls one step after the other.

export const HOUR = 3600; // seconds
export const DAY = 24 * HOUR;
const HOURS_FOR = 14; // days that are still shown by the hour

export const SPANS = { 1: "24 hours", 7: "7 days", 30: "30 days", own: "Own dates" };

/**
 * What to ask for: `start` and `end` in Unix seconds, and whether by hour or day. `first` and
 * `last` are dates like 2026-11-01, the last one included, in the viewer's own time.
 */
export function spanQuery({ span, first, last }, now) {
  const end = span === "own" && last ? midnight(last) + DAY : Math.ceil(now);
  const start = span === "own" ? midnight(first) : end - Number(span) * DAY;
  return { start, end, group_by: end - start <= HOURS_FOR * DAY ? "hour" : "day" };
}

const midnight = (date) => Math.floor(new Date(`${date}T00:00`).getTime() / 1000);

/** One row for each hour or day of the span, those without calls too; the oldest first. */
export function steps({ start, end, group_by: by }, groups) {
  const step = by === "hour" ? HOUR : DAY;
  const known = new Map(groups.map((group) => [Date.parse(group[by]) / 1000, group]));
  const rows = [];
  for (let at = Math.floor(start / step) * step; at < end; at += step) rows.push({ at, ...(known.get(at) ?? QUIET) });
  return rows;
}

const QUIET = {
  calls: 0,
  failed_calls: 0,
  input_tokens: 0,
  output_tokens: 0,
  credits: 0,
  latency: { seconds: { p50: null, p95: null, max: null }, first_byte: { p50: null, p95: null, max: null } },
};

/** Days are the ledger's own, in UTC; hours are told in the viewer's time. */
export const stepName = (at, by) =>
  by === "day"
    ? new Date(at * 1000).toISOString().slice(0, 10)
    : new Date(at * 1000).toLocaleString("sv", { dateStyle: "short", timeStyle: "short" });

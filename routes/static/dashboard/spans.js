// Which time is looked at, and its calls one step after the other.

export const HOUR = 3600; // seconds
export const DAY = 24 * HOUR;
const HOURS_FOR = 14; // days that are still shown by the hour
const MOST_DAYS = 1000; // for the relay tells no more groups at once

export const SPANS = { 1: "24 hours", 7: "7 days", 30: "30 days", own: "Own dates" };

/**
 * What to ask for: `start` and `end` in Unix seconds, and whether by hour or day; of the last
 * hours and days the first is a whole one. `first` and `last` are dates like 2026-11-01, the last
 * one included: the viewer's days where hours are told, otherwise UTC's, which are the ledger's.
 */
export function spanQuery({ span, first, last }, now) {
  const days = span === "own" ? 1 + (Date.parse(last) - Date.parse(first)) / 1000 / DAY : Number(span);
  if (days < 1) throw new Error("The first day is after the last one.");
  if (days > MOST_DAYS) throw new Error(`At most ${MOST_DAYS} days are told at once.`);
  const group_by = days <= HOURS_FOR ? "hour" : "day";
  if (span === "own") return { start: midnight(first, group_by), end: midnight(last, group_by, 1), group_by };
  const step = group_by === "hour" ? HOUR : DAY;
  return { start: (Math.floor(now / step) + 1) * step - days * DAY, end: Math.ceil(now), group_by };
}

/** Where a day begins, or one that is `later` by some: a day may have 23 hours, or 25. */
function midnight(date, by, later = 0) {
  const [year, month, day] = date.split("-").map(Number);
  const at = by === "day" ? Date.UTC(year, month - 1, day + later) : new Date(year, month - 1, day + later);
  return Math.floor(at / 1000);
}

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

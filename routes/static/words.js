// Numbers and moments, as people read them.

export const MIB = 2 ** 20;

const NUMBERS = [0, 1, 2, 3].map((digits) => new Intl.NumberFormat("en", { maximumFractionDigits: digits }));
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The sign for what nobody knows. */
const NONE = "–";

/** With three digits behind the point at most. */
export const number = (value, digits = 0) => (value == null ? NONE : NUMBERS[digits].format(value));

export const short = (value) => (value == null ? NONE : SHORT.format(value));

export const credits = (value, approximate) => `${value != null && approximate ? "≈ " : ""}${number(value)}`;

export const seconds = (value) =>
  value == null ? NONE : value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(value < 10 ? 2 : 1)} s`;

/** Of so many bytes. */
export const size = (bytes) =>
  bytes < 1000 ? `${bytes} B` : bytes < MIB ? `${number(bytes / 1024, 1)} KiB` : `${number(bytes / MIB, 1)} MiB`;

/** Of a Unix time. */
export const day = (value) => (value == null ? NONE : new Date(value * 1000).toLocaleDateString("sv"));

export const clock = (moment) => new Date(moment).toLocaleTimeString("sv");

/** Whose calls these are: a key of the relay's, or somebody with a key of their own. */
export const caller = ({ name, owner }) => name || `own key ${String(owner).slice(0, 8)}`;

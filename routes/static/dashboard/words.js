// Numbers and moments, as people read them.

const COUNT = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The sign for what nobody knows. */
const NONE = "–";

export const count = (value) => (value == null ? NONE : COUNT.format(value));

export const short = (value) => (value == null ? NONE : SHORT.format(value));

export const credits = (value, approximate) => (value == null ? NONE : `${approximate ? "≈ " : ""}${COUNT.format(value)}`);

export const seconds = (value) =>
  value == null ? NONE : value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(value < 10 ? 2 : 1)} s`;

/** Of a Unix time. */
export const day = (value) => (value == null ? NONE : new Date(value * 1000).toLocaleDateString("sv"));

export const clock = (moment) => new Date(moment).toLocaleTimeString("sv");

/** Whose calls these are: a key of the relay's, or somebody with a key of their own. */
export const caller = ({ name, owner }) => name || `own key ${String(owner).slice(0, 8)}`;

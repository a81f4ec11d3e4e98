// How good a state is that the relay tells of one of its parts.

const GOOD = new Set(["ok", "live", "unused", "closed"]);
const BAD = new Set(["away", "unavailable", "failing", "resting", "open", "stopping"]);

/** `good`, `bad`, or `fair` for what works with something missing. */
export const judged = (state) => (GOOD.has(state) ? "good" : BAD.has(state) ? "bad" : "fair");

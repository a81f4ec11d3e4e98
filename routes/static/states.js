// How good a state is that the relay tells of one of its parts.
import { html } from "./html.js";

const GOOD = ["ok", "live", "unused", "closed"];
const FAIR = ["degraded", "slow", "stale", "snapshot", "incomplete", "some rest", "some fail", "half-open"];
const BAD = ["unavailable", "away", "resting", "failing", "open"];

const judged = (state) => (GOOD.includes(state) ? "good" : BAD.includes(state) ? "bad" : "fair");

export const State = ({ of: state }) => html`<span class="state ${judged(state)}">${state}</span>`;

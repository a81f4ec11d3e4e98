// The dashboard: the operator's token, then a tab for each thing there is to know or do.
import { fetched, Missing } from "../calls.js";
import { Tabs } from "../controls.js";
import { html, render, useEffect, useState } from "../html.js";
import { kept, SecretField } from "../secret.js";
import { Health } from "./health.js";
import { Keys } from "./keys.js";
import { Overview } from "./overview.js";
import { Tail } from "./tail.js";

const PLACE = "relay-admin-token";
const NAMES = { overview: "Overview", keys: "Keys", health: "Health", calls: "Calls" };
const OFF = "This relay has no ADMIN_TOKEN. Set one of 16 characters or more, start the relay anew, and come back.";

function Dashboard({ scopes }) {
  const [token, setToken] = useState(() => kept(PLACE));
  const { open, fault } = useOpen(token);
  const [tab, setTab] = useState("overview");
  const panels = {
    overview: () => html`<${Overview} token=${token} />`,
    keys: () => html`<${Keys} token=${token} scopes=${scopes} />`,
    health: () => html`<${Health} token=${token} />`,
    calls: () => html`<${Tail} token=${token} />`,
  };
  return html`
    <${SecretField} label="ADMIN_TOKEN" hint="as it is set for the relay" place=${PLACE}
      used=${token} fault=${fault} note=${open && "The relay takes it."} onUse=${setToken} />
    ${open && html`
      <${Tabs} label="Parts of the dashboard" names=${NAMES} chosen=${tab} onChoose=${setTab}>
        ${(name) => (name === tab || name === "overview") && panels[name]()}
      <//>`}`;
}

/** Whether the relay takes the token, asked once. */
function useOpen(token) {
  const [state, setState] = useState({});
  useEffect(() => {
    setState({});
    if (!token) return undefined;
    let wanted = true;
    fetched("/admin/health", token).then(
      () => wanted && setState({ open: true }),
      (error) => wanted && setState({ fault: error instanceof Missing ? OFF : error.message }),
    );
    return () => (wanted = false);
  }, [token]);
  return state;
}

const root = document.getElementById("dashboard");
const scopes = root.dataset.scopes.split(" ");
root.replaceChildren();
render(html`<${Dashboard} scopes=${scopes} />`, root);

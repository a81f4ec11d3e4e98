// What a chat may be asked besides its messages. What 1min.ai has no use for is not offered.
import { Choice, Field, Small } from "../controls.js";
import { html, useState } from "../html.js";
import { maxTokensFault, schemaFault, toolsFault } from "./requests.js";

export const USUAL = { system: "", maxTokens: "", stop: "", tools: "", format: "text", schema: "", webSearch: false };

const EXAMPLE_TOOLS = [
  {
    type: "function",
    function: {
      name: "get_weather",
      description: "The weather in a city",
      parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    },
  },
];

const EXAMPLE_SCHEMA = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
  additionalProperties: false,
};

const FORMATS = [
  ["text", "any text"],
  ["json_object", "a JSON object"],
  ["json_schema", "JSON of a schema"],
];

/** Whether a chat can be asked with these. */
export const areRight = ({ maxTokens, tools, format, schema }) =>
  !maxTokensFault(maxTokens) && !toolsFault(tools) && (format !== "json_schema" || !schemaFault(schema));

export function Options({ options, onChange }) {
  const [wide] = useState(() => matchMedia("(min-width: 1024px)").matches);
  const set = (name) => (event) => onChange({ ...options, [name]: event.target.value });
  const example = (name, value) => html`
    <${Small} onClick=${() => onChange({ ...options, [name]: JSON.stringify(value, null, 2) })}>Example<//>`;
  return html`
    <details class="options" open=${wide}>
      <summary>Options</summary>
      <${Field} label="System prompt" as="textarea" rows="3" value=${options.system} onInput=${set("system")} />
      <${Field} label="Most tokens of the answer" type="number" min="1" step="1" inputmode="numeric"
        placeholder="as many as the model likes" value=${options.maxTokens}
        fault=${maxTokensFault(options.maxTokens)} onInput=${set("maxTokens")} />
      <${Field} label="Stop at" as="textarea" rows="2" hint="One text a line, at most four." value=${options.stop}
        onInput=${set("stop")} />
      <label class="check"><input type="checkbox" role="switch" checked=${options.webSearch}
        onChange=${(event) => onChange({ ...options, webSearch: event.target.checked })} /> Search the web${" "}
        <small class="quiet">(costs credits)</small></label>
      <${Choice} label="Answer" value=${options.format} choices=${FORMATS}
        onChange=${(format) => onChange({ ...options, format })} />
      ${options.format === "json_schema" && html`
        <${Field} label="Schema" as="textarea" rows="6" class="code" spellcheck="false" value=${options.schema}
          fault=${options.schema.trim() ? schemaFault(options.schema) : "Say what the JSON should be like."}
          onInput=${set("schema")} />
        ${example("schema", EXAMPLE_SCHEMA)}`}
      <${Field} label="Tools" as="textarea" rows="4" class="code" spellcheck="false" value=${options.tools}
        hint="A list of function tools, in OpenAI's form. You play the function." fault=${toolsFault(options.tools)}
        onInput=${set("tools")} />
      ${example("tools", EXAMPLE_TOOLS)}
    </details>`;
}

// Pictures of a prompt.
import { html, useState } from "../html.js";
import { Choice, Fault, Field, Go } from "./controls.js";
import { ofJson } from "./curl.js";
import { Curl } from "./figures.js";
import { Measured, useMaking } from "./making.js";

const PATH = "/v1/images/generations";
const SIZES = ["1024x1024", "1024x1536", "1536x1024", "1792x1024", "512x512"];
const QUALITIES = [["", "the model's usual"], ...["low", "medium", "high"].map((each) => [each, each])];

export function Image({ relayKey, model, onKeyFault }) {
  const [prompt, setPrompt] = useState("");
  const [size, setSize] = useState("");
  const [quality, setQuality] = useState("");
  const [n, setN] = useState("1");
  const making = useMaking(onKeyFault);
  const submit = (event) => {
    event.preventDefault();
    const body = {
      ...(model && { model: model.id }),
      prompt,
      n: Number(n),
      ...(size.trim() && { size: size.trim() }),
      ...(quality && { quality }),
      response_format: "b64_json",
    };
    making.make(PATH, relayKey, body, async (response) => ({ body, ...(await response.json()) }));
  };
  const { made, call } = making;
  return html`
    <form class="making" onSubmit=${submit}>
      <${Field} label="Prompt" as="textarea" rows="3" required maxlength="32000" value=${prompt}
        onInput=${(event) => setPrompt(event.target.value)} />
      <div class="fields">
        <${Field} label="Size" list="sizes" placeholder="the model's usual" value=${size} autocomplete="off"
          onInput=${(event) => setSize(event.target.value)} />
        <datalist id="sizes">${SIZES.map((each) => html`<option value=${each} />`)}</datalist>
        <${Choice} label="Quality" value=${quality} onChange=${setQuality} choices=${QUALITIES} />
        <${Field} label="How many" type="number" min="1" max="10" required value=${n}
          onInput=${(event) => setN(event.target.value)} />
      </div>
      <${Go} call=${call} disabled=${!relayKey || !prompt.trim()}>Draw<//>
      <${Fault}>${call.error}<//>
    </form>
    ${made && html`
      <div class="made">
        <div class="pictures">
          ${made.data.map((image, index) => html`<${Picture} image=${image} made=${made} name="picture-${index + 1}" />`)}
        </div>
        <${Measured} made=${made} model=${made.body.model} />
        <${Curl} command=${() => ofJson(location.origin + PATH, made.body)} />
      </div>`}`;
}

function Picture({ image, made, name }) {
  if (!image.b64_json) return html`<p>This server gave an address only: <code>${image.url}</code></p>`;
  const type = made.output_format || "png";
  const address = `data:image/${type};base64,${image.b64_json}`;
  return html`
    <figure>
      <img src=${address} alt=${made.body.prompt} />
      <figcaption>${image.revised_prompt && html`<span>drawn as: ${image.revised_prompt}</span>`}
        <a href=${address} download="${name}.${type}">Download</a></figcaption>
    </figure>`;
}

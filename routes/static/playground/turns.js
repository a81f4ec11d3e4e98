// The turns of a chat, as they are shown.
import { Code, Copy, Fault, Field, Small } from "../controls.js";
import { html, useState } from "../html.js";
import { Prose } from "../prose.js";
import { Chips } from "./attachments.js";
import { Curl, Figures, ofJson } from "./figures.js";
import { Following } from "./following.js";
import { isRefused } from "./requests.js";

/** `onEdit`, while nothing else is written, is given the place of a turn; `onAnswer`, while anything can be asked, the turns to answer. */
export function Turns({ turns, busy, onEdit, onAnswer }) {
  const before = turns.slice(0, -1);
  const last = turns.at(-1);
  const lastOfUser = turns.findLastIndex(({ role }) => role === "user");
  const again = () => onAnswer(before);
  const goOn = (results) => onAnswer([...before, { ...last, results }]);
  const shown = (turn, index) => {
    if (turn.role === "user") {
      const refused = isRefused(turns, index);
      const edit = !busy && (refused || index === lastOfUser) && html`
        <${Small} disabled=${!onEdit} onClick=${() => onEdit(index)}>Edit<//>`;
      return html`<${UserTurn} key=${index} turn=${turn} refused=${refused} edit=${edit} />`;
    }
    const isOpen = onAnswer && turn === last;
    return html`
      <${AssistantTurn} key=${index} turn=${turn} onAgain=${isOpen && again}
        onResults=${isOpen && turn.answer.reason === "tool_calls" && goOn} />`;
  };
  return html`
    <${Following} busy=${busy}>
      ${turns.length === 0 && html`
        <p class="quiet">Say something. Enter sends it, Shift and Enter begin a new line.</p>`}
      ${turns.map(shown)}
    <//>`;
}

/** `edit` is the button of a turn that can be asked anew. */
const UserTurn = ({ turn, refused, edit }) => html`
  <article class="turn user">
    <header>You ${edit}</header>
    <${Chips} files=${turn.attachments} />
    <p class="plain">${turn.text}</p>
    ${refused && html`<small class="quiet">It was not answered: the questions after it go without it.</small>`}
  </article>`;

/** `onAgain` and `onResults` are there for the last turn, once it has ended. */
function AssistantTurn({ turn, onAgain, onResults }) {
  const { answer, figures, fault, busy } = turn;
  return html`
    <article class="turn assistant" aria-busy=${String(busy)}>
      <header>${answer.model || turn.body.model || "The relay's usual model"}</header>
      ${answer.thoughts && html`
        <details class="thoughts" open=${busy && !answer.text}><summary>Thoughts</summary>
          <p class="plain">${answer.thoughts}</p></details>`}
      ${answer.text && (turn.body.response_format
        ? html`<${Code} text=${answer.text} />`
        : html`<${Prose} text=${answer.text} />`)}
      ${answer.refusal && html`<p class="plain">The model declines: ${answer.refusal}</p>`}
      ${answer.calls.length > 0 && html`
        <${Calls} calls=${answer.calls} results=${turn.results} onResults=${onResults} />`}
      ${answer.pages.length > 0 && html`<${Pages} pages=${answer.pages} />`}
      <${Fault}>${fault}<//>
      ${!busy && answer.reason === "length" && html`<p class="quiet">It ends here because its tokens were used up.</p>`}
      ${!busy && html`
        <footer>
          <${Figures} figures=${figures} />
          <div class="row">
            ${answer.text && html`<${Copy} text=${() => answer.text}>Copy the answer<//>`}
            ${onAgain && html`<${Small} onClick=${onAgain}>Ask again<//>`}
          </div>
          <${Curl} command=${() => ofJson(`${location.origin}/v1/chat/completions`, turn.body, "-N")} />
        </footer>`}
    </article>`;
}

const Pages = ({ pages }) => html`
  <p class="quiet">Pages it was told of:</p>
  <ul>${pages.map(({ url, title }) => html`
    <li>${/^https?:/.test(url)
      ? html`<a href=${url} target="_blank" rel="noopener noreferrer nofollow">${title || url}</a>`
      : title || url}</li>`)}</ul>`;

/** Whoever asked answers the calls: the functions are not the page's to run. */
function Calls({ calls, results, onResults }) {
  const [typed, setTyped] = useState({});
  const submit = (event) => {
    event.preventDefault();
    onResults(typed);
  };
  return html`
    <form class="calls" onSubmit=${submit}>
      ${calls.map((call) => html`
        <div class="call" key=${call.id}>
          <p>It calls <code>${call.name}</code> with</p>
          <${Code} text=${indented(call.arguments)} />
          ${results && html`<p>Result</p><${Code} text=${results[call.id] ?? ""} />`}
          ${onResults && html`
            <${Field} label="Result of ${call.name}" as="textarea" rows="2" class="code" value=${typed[call.id] ?? ""}
              onInput=${(event) => setTyped({ ...typed, [call.id]: event.target.value })} />`}
        </div>`)}
      ${onResults && html`
        <button type="submit" class="small">${calls.length > 1 ? "Send the results" : "Send the result"}</button>`}
    </form>`;
}

function indented(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json; // it may still be on its way
  }
}

// The chat: its turns, what is written next, and the stream that answers.
import { Fault } from "../controls.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { added, fault, NOTHING } from "./answer.js";
import { Attach, Chips, useAttachments } from "./attachments.js";
import { asked, events, useCall } from "./calls.js";
import { noted } from "./figures.js";
import { Go } from "./go.js";
import { can } from "./models.js";
import { areRight, Options, USUAL } from "./options.js";
import { chatBody } from "./requests.js";
import { Answered, Asked } from "./turns.js";

const MOST = 200; // turns
const STOPPED = "You stopped it.";

export function Chat({ relayKey, models, model, limits, onKeyFault }) {
  const [turns, setTurns] = useState([]);
  const [text, setText] = useState("");
  const [options, setOptions] = useState(USUAL);
  const attached = useAttachments(limits);
  const call = useCall(onKeyFault, STOPPED);
  const writing = useRef(null);
  const last = turns.at(-1);

  function ask(before) {
    const body = chatBody(before, options, model?.id);
    const show = (turn) => setTurns([...before, turn]);
    const turn = { role: "assistant", body, answer: NOTHING, busy: true };
    call.run((signal) => answered(turn, show, { relayKey, signal, models }));
  }

  function send(event) {
    event?.preventDefault();
    if (problem || call.busy || !(text.trim() || attached.files.length)) return;
    ask([...turns, { role: "user", text, attachments: attached.files }]);
    setText("");
    attached.set([]);
  }

  function edit() {
    const at = turns.findLastIndex(({ role }) => role === "user");
    setText(turns[at].text);
    attached.set(turns[at].attachments);
    setTurns(turns.slice(0, at));
    writing.current.querySelector("textarea").focus();
  }

  const again = () => ask(turns.slice(0, -1));
  const results = (given) => ask([...turns.slice(0, -1), { ...last, results: given }]);
  const problem = wrong({ relayKey, model, options, turns, files: attached.files, limits });
  const lastAsked = turns.findLastIndex(({ role }) => role === "user");
  const ready = !call.busy && !problem;
  return html`
    <div class="chat">
      <${Options} options=${options} onChange=${setOptions} />
      <div class="talk" onDragOver=${(event) => event.preventDefault()} onDrop=${dropped(attached.add)}>
        <${Following} busy=${call.busy}>
          ${turns.length === 0 && html`
            <p class="quiet">Say something. Enter sends it, Shift and Enter begin a new line.</p>`}
          ${turns.map((turn, index) => turn.role === "user"
            ? html`<${Asked} key=${index} turn=${turn} onEdit=${!call.busy && index === lastAsked && edit} />`
            : html`<${Answered} key=${index} turn=${turn} onAgain=${ready && turn === last && again}
                onResults=${ready && turn === last && turn.answer.reason === "tool_calls" && results} />`)}
        <//>
        <form class="composer" onSubmit=${send} ref=${writing}>
          <${Chips} files=${attached.files} onRemove=${attached.remove} />
          <${Fault}>${attached.fault}<//>
          <label for="message" class="unseen">Message</label>
          <textarea id="message" placeholder="Message" value=${text} aria-describedby="problem"
            onInput=${(event) => setText(event.target.value)} onKeyDown=${sends(send)}
            onPaste=${pasted(attached.add)}></textarea>
          <div class="row">
            <${Go} call=${call} disabled=${Boolean(problem)}>Send<//>
            <${Attach} onAdd=${attached.add}>Attach<//>
            <button type="button" class="secondary outline" disabled=${call.busy || !turns.length}
              onClick=${() => setTurns([])}>Clear</button>
          </div>
          <small id="problem" class="quiet" role="status">${problem}</small>
        </form>
      </div>
    </div>`;
}

/** Streams an answer into a turn; `show` gets it as it grows, at most once a picture of the screen. */
async function answered(turn, show, { relayKey, signal, models }) {
  let frame = 0;
  let heard = {};
  const paint = () => {
    frame = 0;
    show(turn);
  };
  show(turn);
  let fell;
  try {
    const { response, seconds } = await asked("/v1/chat/completions", relayKey, { body: turn.body, signal });
    heard = { ...heard, headers: response.headers };
    for await (const event of events(response)) {
      if (!heard.first && event.data) heard = { ...heard, first: seconds() };
      turn = { ...turn, answer: added(turn.answer, event) };
      frame ||= requestAnimationFrame(paint);
    }
    heard = { ...heard, total: seconds() };
  } catch (error) {
    heard = { ...heard, headers: error.headers ?? heard.headers };
    fell = error;
  }
  cancelAnimationFrame(frame);
  show({ ...turn, busy: false, fault: said(fell, turn.answer), figures: figures(heard, turn, models) });
  if (fell) throw fell;
}

const said = (fell, answer) => {
  if (!fell) return fault(answer);
  return fell.name === "AbortError" ? STOPPED : fell.message;
};

/** What is known of a turn that has ended; the price is that of whichever model answered. */
function figures({ headers, ...times }, { answer, body }, models) {
  const model = models.find(({ id }) => id === answer.model);
  const notes = { ...(headers && noted(headers)), ...answer.notes };
  return { ...times, headers, model, notes, usage: answer.usage, searched: body.web_search };
}

/** Why nothing can be sent as things are; empty where it can. */
function wrong({ relayKey, model, options, turns, files, limits }) {
  if (!relayKey) return "It needs your key, above.";
  if (!areRight(options)) return "Something in the options is not right yet.";
  if (turns.length >= MOST) return `These are ${MOST} turns: clear them to begin anew.`;
  if (model && !can(model, "vision") && files.some(({ kind }) => kind === "image")) {
    return `${model.id} does not see pictures: choose a model that does.`;
  }
  const all = [...turns.flatMap(({ attachments }) => attachments ?? []), ...files];
  const encoded = all.reduce((sum, { size }) => sum + (size * 4) / 3, 0);
  const most = limits.body;
  return encoded > most * 2 ** 20 ? `The files of this chat are larger than the ${most} MiB of a request.` : "";
}

const sends = (send) => (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
};

const pasted = (add) => (event) => {
  if (!event.clipboardData.files.length) return;
  event.preventDefault();
  add(event.clipboardData.files);
};

const dropped = (add) => (event) => {
  event.preventDefault();
  add(event.dataTransfer.files);
};

const LEAVING = ["wheel", "touchmove", "keydown", "pointerdown"]; // the last one on the scroll bar

/** Keeps the end of what grows in view, for whoever has not scrolled away from it. */
function Following({ busy, children }) {
  const place = useRef(null);
  useEffect(() => {
    if (!busy) return undefined;
    const page = document.documentElement;
    let follows = true;
    const looked = () => (follows ||= innerHeight + scrollY >= page.scrollHeight - 80);
    const left = ({ type, deltaY, key, target }) => {
      if (type === "touchmove" || deltaY < 0 || key === "PageUp" || target === page) follows = false;
    };
    const follow = () => follows && scrollTo(0, page.scrollHeight);
    const grown = new ResizeObserver(follow);
    LEAVING.forEach((name) => addEventListener(name, left, { passive: true }));
    addEventListener("scroll", looked, { passive: true });
    grown.observe(place.current);
    return () => {
      LEAVING.forEach((name) => removeEventListener(name, left));
      removeEventListener("scroll", looked);
      grown.disconnect();
      follow(); // what it took is shown below the end
    };
  }, [busy]);
  return html`<div role="log" aria-label="Chat" aria-busy=${String(busy)} ref=${place}>${children}</div>`;
}

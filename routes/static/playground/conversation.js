// The turns of a chat, and the stream that answers the last one.
import { request } from "../calls.js";
import { useState } from "../html.js";
import { added, fault, NOTHING } from "./answer.js";
import { stopwatch, useCall } from "./call.js";
import { notesOf } from "./figures.js";
import { events } from "./sse.js";

const PATH = "/v1/chat/completions";
const STOPPED = "You stopped it.";

/** `ask` sends a body that was made of the turns `before`, which the answer follows. */
export function useConversation({ relayKey, models, onKeyFault }) {
  const [turns, setTurns] = useState([]);
  const call = useCall(onKeyFault, STOPPED);
  const ask = (before, body) => {
    const show = (turn) => setTurns([...before, turn]);
    const turn = { role: "assistant", body, answer: NOTHING, busy: true };
    call.run((signal) => stream(turn, show, { relayKey, signal, models }));
  };
  return { turns, setTurns, call, ask };
}

/** Streams an answer into a turn; `show` gets it as it grows, at most once a picture of the screen. */
async function stream(turn, show, { relayKey, signal, models }) {
  let frame = 0;
  let heard = {};
  const paint = () => {
    frame = 0;
    show(turn);
  };
  show(turn);
  let failure;
  try {
    const seconds = stopwatch();
    const response = await request(PATH, relayKey, { body: turn.body, signal });
    heard = { ...heard, headers: response.headers };
    for await (const event of events(response)) {
      if (!heard.first && event.data) heard = { ...heard, first: seconds() };
      turn = { ...turn, answer: added(turn.answer, event) };
      frame ||= requestAnimationFrame(paint);
    }
    heard = { ...heard, total: seconds() };
  } catch (error) {
    heard = { ...heard, headers: error.headers ?? heard.headers };
    failure = error;
  }
  cancelAnimationFrame(frame);
  show({ ...turn, busy: false, fault: faultOf(failure, turn.answer), figures: figuresOf(heard, turn, models) });
  if (failure) throw failure;
}

function faultOf(failure, answer) {
  if (!failure) return fault(answer);
  return failure.name === "AbortError" ? STOPPED : failure.message;
}

/** What is known of a turn that has ended; the price is that of whichever model answered. */
function figuresOf({ headers, ...times }, { answer, body }, models) {
  const model = models.find(({ id }) => id === answer.model);
  const notes = { ...(headers && notesOf(headers)), ...answer.notes };
  return { ...times, headers, model, notes, usage: answer.usage, searched: body.web_search };
}

// A chat's answer, gathered from the events of its stream.

export const NOTHING = {
  text: "",
  thoughts: "",
  refusal: "",
  calls: [],
  pages: [],
  notes: {},
  model: "",
  reason: null,
  usage: null,
  error: null,
  done: false,
};

/** The answer so far, and what this event adds to it. */
export function added(answer, { data, comment }) {
  if (comment !== undefined) return withNote(answer, comment);
  if (data === "[DONE]") return { ...answer, done: true };
  let chunk;
  try {
    chunk = JSON.parse(data);
  } catch {
    return { ...answer, error: "The relay sent an event that is not JSON." };
  }
  if (chunk.error) return { ...answer, error: chunk.error.message ?? "The answer failed." };
  const begun = { ...answer, model: chunk.model ?? answer.model, usage: chunk.usage ?? answer.usage };
  const choice = chunk.choices?.[0];
  return choice ? withDelta(begun, choice.delta ?? {}, choice.finish_reason) : begun;
}

function withDelta(answer, delta, reason) {
  return {
    ...answer,
    text: answer.text + (delta.content ?? ""),
    thoughts: answer.thoughts + (delta.reasoning_content ?? ""),
    refusal: answer.refusal + (delta.refusal ?? ""),
    calls: (delta.tool_calls ?? []).reduce(withCall, answer.calls),
    pages: [...answer.pages, ...(delta.annotations ?? []).map((page) => page.url_citation).filter(Boolean)],
    reason: reason ?? answer.reason,
  };
}

function withCall(calls, { index, id, function: part = {} }) {
  const before = calls[index] ?? { id: "", name: "", arguments: "" };
  const call = {
    id: id ?? before.id,
    name: part.name ?? before.name,
    arguments: before.arguments + (part.arguments ?? ""),
  };
  return [...calls.slice(0, index), call, ...calls.slice(index + 1)];
}

/** What a stream tells in comments is what a header would have told; the rest are signs of life. */
function withNote(answer, comment) {
  const [, name, value] = /^(x-relay-[a-z]+): (.*)$/.exec(comment) ?? [];
  return name ? { ...answer, notes: { ...answer.notes, [name]: value } } : answer;
}

/** Why an answer whose stream has ended is not a whole one; empty where it is. */
export function fault({ error, reason, done }) {
  if (error) return error;
  return reason && done ? "" : "The answer broke off: the stream ended before it was finished.";
}

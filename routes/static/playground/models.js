// What the models of GET /v1/models can do and cost, in words.
import { number } from "../words.js";

/** By the names that the relay's `capabilities` have. */
export const ABILITIES = {
  chat: "chats",
  vision: "sees pictures",
  code_interpreter: "writes code",
  image: "draws",
  image_variation: "varies pictures",
  image_edit: "edits pictures",
  speech: "speaks",
  transcription: "transcribes",
  video: "makes videos",
  embedding: "embeds",
  moderation: "moderates",
  rerank: "ranks",
};

/** The tabs of the page, by what a model must be able to do there. */
export const MODES = { chat: "Chat", image: "Image", speech: "Speech", transcription: "Transcription" };

export const can = (model, ability) => model?.capabilities?.[ability] === true;

export const abilities = (model) => Object.keys(ABILITIES).filter((ability) => can(model, ability));

/** The first tab where it is of use; undefined where there is none. */
export const modeOf = (model) => Object.keys(MODES).find((mode) => can(model, mode));

/** Those that have the ability, or any where it is empty, and all of the words in a name; first
 * whose id begins with them. */
export function found(models, ability, words) {
  const typed = words.trim().toLowerCase();
  const wanted = typed.split(/\s+/);
  const fits = models.filter((model) => {
    const name = `${model.id} ${model.name ?? ""} ${model.owned_by ?? ""}`.toLowerCase();
    return (!ability || can(model, ability)) && wanted.every((word) => name.includes(word));
  });
  if (!typed) return fits;
  const near = fits.filter(({ id }) => id.toLowerCase().startsWith(typed));
  near.sort((one, other) => one.id.length - other.id.length);
  return [...near, ...fits.filter((model) => !near.includes(model))];
}

/** Only of what is paid by the token does the relay know a price. */
const isPaidByToken = (model) =>
  ["chat", "embedding", "moderation", "rerank"].some((ability) => can(model, ability));

export function price(model) {
  const { input, output } = model.pricing ?? {};
  if (input == null || !isPaidByToken(model)) return "price not told";
  const each = (credits) => number(credits * 1000, 3);
  const written = output == null ? "not told" : each(output);
  return `${each(input)} credits per 1,000 tokens in, ${written} out`;
}

/** What an answer costs by these prices; null where they are not told. */
export function cost(model, usage) {
  const { input, output } = model?.pricing ?? {};
  if (!usage || input == null || output == null || !isPaidByToken(model)) return null;
  return usage.prompt_tokens * input + usage.completion_tokens * output;
}

export const context = (model) =>
  model.context_length ? `${number(model.context_length)} tokens of context` : "context not told";

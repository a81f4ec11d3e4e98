// Markdown from a model or a file, as HTML in which nothing runs and nothing is fetched.
import { marked } from "./vendor/marked.js";

const purify = window.DOMPurify;

purify.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName === "A" && node.hasAttribute("href")) {
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer nofollow");
  }
});

const ALLOWED = { FORBID_TAGS: ["style", "form", "input", "button", "textarea", "select"], FORBID_ATTR: ["style", "id", "name", "class"] };

/** A fragment of a document. */
export function rendered(text) {
  return purify.sanitize(marked.parse(text), { ...ALLOWED, RETURN_DOM_FRAGMENT: true });
}

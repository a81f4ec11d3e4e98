// Markdown from a model or a file, as HTML in which nothing runs and nothing is fetched.
import { marked } from "./vendor/marked.js";

const purify = window.DOMPurify;

purify.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName === "IMG" && !node.src.startsWith("data:")) node.replaceWith(linked(node));
  if (node.tagName === "A" && node.hasAttribute("href")) opensOutside(node);
});

function opensOutside(link) {
  link.setAttribute("target", "_blank");
  link.setAttribute("rel", "noopener noreferrer nofollow");
}

/** A picture from elsewhere is for the reader to fetch, or not. */
function linked(picture) {
  const link = picture.ownerDocument.createElement("a");
  link.textContent = `picture: ${picture.alt || picture.getAttribute("src")}`;
  if (picture.hasAttribute("src")) link.setAttribute("href", picture.getAttribute("src"));
  opensOutside(link);
  return link;
}

marked.use({ renderer: { checkbox: ({ checked }) => (checked ? "☑ " : "☐ ") } });

/** Neither what asks, nor what speaks or acts for the page's own parts. */
const ALLOWED = {
  USE_PROFILES: { html: true },
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  FORBID_TAGS: [
    ...["style", "form", "input", "button", "textarea", "select", "dialog"],
    ...["label", "fieldset", "datalist", "output", "template"],
    ...["audio", "video", "picture", "source", "track", "map", "area"],
  ],
  FORBID_ATTR: [
    ...["style", "id", "name", "class", "srcset", "background", "poster", "usemap"],
    ...["for", "role", "tabindex", "popover", "popovertarget"],
  ],
};

/** A fragment of a document: of the text as it is, where it is nested too deeply to be read. */
export function rendered(text) {
  try {
    return purify.sanitize(marked.parse(text), { ...ALLOWED, RETURN_DOM_FRAGMENT: true });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const plain = document.createDocumentFragment();
    plain.append(text);
    return plain;
  }
}

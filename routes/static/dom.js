// Making and finding elements. Text is only ever text here: nothing is parsed as HTML.

/** A new element: `make("a", {href: "/"}, "text", child)`. */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

export const find = (id) => document.getElementById(id);

/** Lets a button say for a moment that it has copied what `read` returns. */
export function copies(button, read) {
  const label = button.textContent;
  button.addEventListener("click", async () => {
    button.textContent = (await copied(read())) ? "Copied" : "Select and copy it";
    setTimeout(() => (button.textContent = label), 1500);
  });
}

/** The clipboard is there for pages from localhost or over TLS; elsewhere the old way is left. */
export async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = make("textarea", { value: text });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

/** Puts a copy button on every code block below an element. */
export function copyable(root) {
  for (const block of root.querySelectorAll("pre")) {
    const code = block.querySelector("code") ?? block;
    const text = code.textContent;
    const button = make("button", { type: "button", className: "secondary outline" }, "Copy");
    copies(button, () => text);
    block.append(button);
    code.tabIndex = 0; // it may be wider than the screen, and scrolls by keyboard then
  }
}

/** Tabs as the ARIA practices have them: arrows move, and what is shown is remembered by nobody. */
export function tabs(list) {
  const all = [...list.querySelectorAll('[role="tab"]')];
  const choose = (chosen) => {
    for (const tab of all) {
      const is = tab === chosen;
      tab.setAttribute("aria-selected", String(is));
      tab.tabIndex = is ? 0 : -1;
      find(tab.getAttribute("aria-controls")).hidden = !is;
    }
  };
  list.addEventListener("click", (event) => all.includes(event.target) && choose(event.target));
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const place = all.indexOf(document.activeElement);
    if (!step || place < 0) return;
    const next = all[(place + step + all.length) % all.length];
    choose(next);
    next.focus();
  });
  choose(all[0]);
}

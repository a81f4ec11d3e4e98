// Tables, which may be wider than the screen.
import { html } from "../html.js";

/** A table that scrolls by itself, by keyboard too. */
export const Scrolling = ({ label, children }) => html`
  <div class="scrolls" tabindex="0" role="region" aria-label=${label}><table class="dense">${children}</table></div>`;

/** `rows` are lists of cells, whose first names the row; `kind` is a class of all the others. */
export const Table = ({ caption, label = caption, head: [first, ...others], rows, kind }) => html`
  <${Scrolling} label=${label}>
    <caption>${caption}</caption>
    <thead><tr>
      <th scope="col">${first}</th>
      ${others.map((name) => html`<th scope="col" class=${kind}>${name}</th>`)}
    </tr></thead>
    <tbody>${rows.map(([name, ...cells]) => html`
      <tr><th scope="row">${name}</th>${cells.map((cell) => html`<td class=${kind}>${cell}</td>`)}</tr>`)}
    </tbody>
  <//>`;

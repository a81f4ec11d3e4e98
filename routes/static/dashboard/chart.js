// A line or two over time.
import { html, useEffect, useRef } from "../html.js";
import { DAY, HOUR } from "./spans.js";

const HEIGHT = 170;
const UTC = "Etc/UTC";
// By the distance of two ticks: what each says, and what it adds where a year or a day begins.
const TICKS = [
  [DAY, "{MM}-{DD}", "\n{YYYY}", null, null, null, null, null, 1],
  [HOUR, "{HH}:{mm}", "\n{YYYY}-{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1],
];
const dark = window.matchMedia("(prefers-color-scheme: dark)");

/**
 * `lines` are {label, values, colour}, where the colour is a custom property's name; `format`
 * makes words of a value; `days` says that steps are days in UTC.
 */
export function Chart({ title, times, lines, format, days }) {
  const place = useRef(null);
  useEffect(() => {
    let plot = null;
    const draw = () => {
      plot?.destroy();
      const data = [times, ...lines.map((line) => line.values)];
      plot = new window.uPlot(options(place.current, lines, format, days), data, place.current);
    };
    const fit = new ResizeObserver(() => plot?.setSize({ width: place.current.clientWidth, height: HEIGHT }));
    draw();
    fit.observe(place.current);
    dark.addEventListener("change", draw);
    return () => {
      dark.removeEventListener("change", draw);
      fit.disconnect();
      plot.destroy();
    };
  }, [times, lines]);
  return html`
    <figure class="chart">
      <figcaption>${title}</figcaption>
      <div ref=${place} role="img" aria-label=${`${title} over time; the table below tells the same`}></div>
    </figure>`;
}

function options(element, lines, format, days) {
  const style = getComputedStyle(element);
  const colour = (name) => style.getPropertyValue(name).trim();
  const grid = { stroke: colour("--pico-muted-border-color"), width: 1 };
  const axis = { stroke: colour("--pico-muted-color"), grid, ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    tzDate: (at) => (days ? window.uPlot.tzDate(new Date(at * 1000), UTC) : new Date(at * 1000)),
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { y: { range: (_, least, most) => [0, most > 0 ? most * 1.1 : 1] } },
    axes: [{ ...axis, values: TICKS }, { ...axis, size: 58, values: (_, ticks) => ticks.map(format) }],
    series: [
      { label: days ? "day" : "hour", value: days ? "{YYYY}-{MM}-{DD}" : "{MM}-{DD} {HH}:{mm}" },
      ...lines.map((line) => ({
        label: line.label,
        stroke: colour(line.colour),
        width: 2,
        value: (_, value) => format(value),
        points: { show: lines[0].values.length < 40, size: 5 },
      })),
    ],
  };
}

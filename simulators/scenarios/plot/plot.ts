/**
 * What happened in a scenario, as an SVG picture: services a day, terminals without a network, and events that waited. Pure: the same figures give the same
 * bytes. Readable on a light page and on a dark one, with axes that say what they count.
 */
import type { DayFigures } from '../cast.js';

/** What a plot is drawn from. */
export interface PlotOrder {
  readonly title: string;
  readonly figures: readonly DayFigures[];
}

/** One day over all terminals. */
interface Day {
  readonly day: string;
  readonly services: number;
  readonly backlog: number;
  readonly terminals: number;
  readonly away: number;
}

const WIDTH = 860;
const LEFT = 62;
const RIGHT = 16;
/** Panels from top to bottom: where they begin, and how high they are. */
const PANELS = {
  services: { top: 62, height: 130 },
  away: { top: 236, height: 70 },
  backlog: { top: 350, height: 100 },
} as const;
const HEIGHT = 498;
/** Days that are named on the axis, at most. */
const NAMED_MAX = 11;

/** Colours of the two themes, told apart by lightness as well as by hue. */
const STYLE = `
  svg { background: #ffffff; font: 12px system-ui, 'DejaVu Sans', sans-serif; }
  text { fill: #3a3f47; } .title { font-size: 16px; font-weight: 600; fill: #14171c; } .panel { font-weight: 600; fill: #14171c; }
  .axis { stroke: #9aa1ab; } .grid { stroke: #e3e6ea; } .services { fill: #1f7a5c; } .away { fill: #c2553a; } .backlog { fill: #3767b1; }
  @media (prefers-color-scheme: dark) {
    svg { background: #14171c; } text { fill: #c3c9d2; } .title, .panel { fill: #f2f4f7; }
    .axis { stroke: #6d7580; } .grid { stroke: #2a2f37; } .services { fill: #4cc199; } .away { fill: #f08a6c; } .backlog { fill: #7fa9ee; }
  }`;

/** The picture. */
export function plotOf({ title, figures }: PlotOrder): string {
  const days = daysOf(figures);
  const terminals = Math.max(1, ...days.map((day) => day.terminals));
  const panels = [
    panel(days, {
      ...PANELS.services,
      kind: 'services',
      label: 'services a day',
      of: ({ services }) => services,
      least: 4,
    }),
    panel(days, {
      ...PANELS.away,
      kind: 'away',
      label: 'terminals without a network',
      of: ({ away }) => away,
      least: Math.min(4, terminals),
    }),
    panel(days, {
      ...PANELS.backlog,
      kind: 'backlog',
      label: 'events that wait for the centre, at night',
      of: ({ backlog }) => backlog,
      least: 4,
    }),
  ];
  const sum = days.reduce((all, { services }) => all + services, 0);
  const from = days[0]?.day ?? '';
  const until = days.at(-1)?.day ?? '';
  const words = `${title}: ${sum} services at ${terminals} terminals, ${from} to ${until}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escaped(words)}">`,
    `<title>${escaped(words)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<text class="title" x="${LEFT}" y="26">${escaped(title)}</text>`,
    ...panels,
    dayAxis(days),
    '</svg>',
    '',
  ].join('\n');
}

interface Panel {
  readonly kind: 'services' | 'away' | 'backlog';
  readonly label: string;
  readonly top: number;
  readonly height: number;
  readonly of: (day: Day) => number;
  /** The axis goes at least this far. */
  readonly least: number;
}

function panel(days: readonly Day[], { kind, label, top, height, of, least }: Panel): string {
  const { step, most } = scaleFor(Math.max(least, ...days.map(of)));
  const y = (value: number): number => top + height - (value / most) * height;
  const lines: string[] = [`<text class="panel" x="${LEFT}" y="${top - 10}">${escaped(label)}</text>`];
  for (let value = 0; value <= most; value += step) {
    const at = rounded(y(value));
    lines.push(
      `<line class="${value === 0 ? 'axis' : 'grid'}" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>`,
    );
    lines.push(`<text x="${LEFT - 8}" y="${rounded(at + 4)}" text-anchor="end">${value}</text>`);
  }
  if (days.every((day) => of(day) === 0))
    lines.push(
      `<text x="${rounded((LEFT + WIDTH - RIGHT) / 2)}" y="${rounded(top + height / 2 + 4)}" text-anchor="middle">none</text>`,
    );
  const { slot, width } = slotsOf(days);
  for (const [at, day] of days.entries()) {
    const value = of(day);
    if (value === 0) continue;
    const x = rounded(LEFT + at * slot + (slot - width) / 2);
    const bar = `x="${x}" y="${rounded(y(value))}" width="${width}" height="${rounded(top + height - y(value))}"`;
    lines.push(`<rect class="${kind}" ${bar}><title>${day.day}: ${value}</title></rect>`);
  }
  return lines.join('\n');
}

/** The days at the foot: as many as have room, month and day. */
function dayAxis(days: readonly Day[]): string {
  const { slot } = slotsOf(days);
  const every = Math.max(1, Math.ceil(days.length / NAMED_MAX));
  const y = PANELS.backlog.top + PANELS.backlog.height + 20;
  const names = days.flatMap(({ day }, at) =>
    at % every === 0
      ? [`<text x="${rounded(LEFT + (at + 0.5) * slot)}" y="${y}" text-anchor="middle">${day.slice(5)}</text>`]
      : [],
  );
  return [
    ...names,
    `<text x="${WIDTH - RIGHT}" y="${y + 18}" text-anchor="end">month-day, by the calendar of the site</text>`,
  ].join('\n');
}

function slotsOf(days: readonly Day[]): { readonly slot: number; readonly width: number } {
  const slot = (WIDTH - LEFT - RIGHT) / Math.max(1, days.length);
  return { slot, width: rounded(Math.min(28, slot * 0.72)) };
}

/** Steps of 1, 2 or 5 times a power of ten, three to five of them, that reach over the value. */
function scaleFor(value: number): { readonly step: number; readonly most: number } {
  const least = value / 4;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = Math.max(1, [1, 2, 5, 10].map((by) => by * power).find((one) => one >= least) ?? 10 * power);
  return { step, most: Math.ceil(value / step) * step };
}

function daysOf(figures: readonly DayFigures[]): readonly Day[] {
  const days = new Map<string, Day>();
  for (const { day, services, backlog, online } of figures) {
    const known = days.get(day) ?? { day, services: 0, backlog: 0, terminals: 0, away: 0 };
    days.set(day, {
      day,
      services: known.services + services,
      backlog: known.backlog + backlog,
      terminals: known.terminals + 1,
      away: known.away + (online ? 0 : 1),
    });
  }
  return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

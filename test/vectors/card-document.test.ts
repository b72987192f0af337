/** `docs/formats/card.md` against the code: a document that tells integrators where things stand must not drift. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COSE_BYTES_MAX } from '../../agent/credential/cose.js';
import { QR_CHARS_MAX } from '../../agent/credential/decode.js';
import { cardContent } from '../../agent/credential/personalise.js';
import { encodeBareNdef, encodeNdef, NDEF_PROBE_BYTES } from '../../drivers/media/ndef.js';
import {
  NTAG_LAYOUTS,
  type NtagLayout,
  ntagLayout,
  personaliseNtag21x,
  slotPage,
} from '../../drivers/media/ntag21x.js';
import { openMedium } from '../../drivers/media/open.js';
import { SimulatedNtag21x } from '../../simulators/cards/ntag21x.js';
import { NTAG_MAPS } from '../../simulators/cards/ntag21x-map.js';
import { SimulatedPageCard } from '../../simulators/readers/simulated-card.js';
import { claimsOf, issuer } from './make/credential-tools.js';
import { imageOf, recordOf } from './make/ledger-slots.js';
import { TODAY, UID } from './make/support.js';
import { vectorsOf } from './vectors.js';

const repositoryFile = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const document = repositoryFile('docs/formats/card.md');

/** The text under a heading, up to the next one. */
function section(heading: string): string {
  const from = document.indexOf(`\n${heading}\n`);
  if (from < 0) throw new Error(`card.md has no heading "${heading}"`);
  const text = document.slice(from + heading.length + 2);
  const end = text.search(/\n#{1,3} /);
  return end < 0 ? text : text.slice(0, end);
}

/** The rows of the first table of a text, without its head. */
function rows(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** Pages as the document writes them: `4–91`, or `3` for one alone. */
function range(first: number, last: number, write: (page: number) => string): string {
  return first === last ? write(first) : `${write(first)}–${write(last)}`;
}

const decimal = (page: number): string => String(page);
const hexadecimal = (page: number): string => page.toString(16).toUpperCase().padStart(2, '0');

/** What the code makes of the memory of a tag: first and last page of each area. */
function areas(layout: NtagLayout): [first: number, last: number, what: string][] {
  const map = NTAG_MAPS[layout.kind];
  const [a, b] = [slotPage(layout, 0), slotPage(layout, 1)];
  const endorsement = map.userFirst + layout.credentialPages;
  const container = map.capabilityContainer.map(hexadecimal).join(' ');
  return [
    [0, 2, 'UID'],
    [3, 3, `capability container \`${container}\``],
    [map.userFirst, endorsement - 1, 'credential'],
    ...(layout.endorsementPages === 0 ? [] : [[endorsement, a - 1, 'endorsement'] as [number, number, string]]),
    ...(layout.slotPages === 0
      ? []
      : ([
          [a, b - 1, 'ledger slot A: even'],
          [b, b + layout.slotPages - 1, 'ledger slot B: odd'],
        ] as [number, number, string][])),
    [map.dynamicLock, map.pages - 1, 'dynamic lock'],
  ];
}

describe('card.md: the memory', () => {
  test.each(NTAG_LAYOUTS.map((layout) => [layout.kind, layout] as const))(
    'of an %s is that of the code',
    (kind, layout) => {
      const table = rows(section(`### Layout ${layout.layout}: ${kind.toUpperCase()}`));
      const made = areas(layout);
      expect(table.map((row) => row.slice(0, 3))).toEqual(
        made.map(([first, last]) => [
          range(first, last, decimal),
          range(first, last, hexadecimal),
          String((last - first + 1) * 4),
        ]),
      );
      for (const [i, [, , what]] of made.entries()) expect(table[i]?.[3]?.startsWith(what), what).toBe(true);
    },
  );

  test.each(NTAG_LAYOUTS.map((layout) => [layout.kind, layout] as const))(
    'of an %s holds the longest credential that it names',
    (kind, layout) => {
      const bytesMax = Number(
        /credential of at most (\d+) bytes/.exec(section(`### Layout ${layout.layout}: ${kind.toUpperCase()}`))?.[1],
      );
      const encode = kind === 'ntag213' ? encodeBareNdef : encodeNdef;
      const pages = (bytes: number): number => Math.ceil(encode(new Uint8Array(bytes)).length / 4);
      expect(pages(bytesMax)).toBe(layout.credentialPages);
      expect(pages(bytesMax + 1)).toBeGreaterThan(layout.credentialPages);
    },
  );

  test('holds as many commodities as it says', () => {
    const bytes = (count: number, big: boolean): number => {
      const item = big ? { usedDay: 65_535, usedMonth: 65_535 } : { usedDay: 20, usedMonth: 23 };
      const usage = Array.from({ length: count }, (_, i) => ({ commodity: (big ? 65_000 : 1) + i, ...item }));
      return imageOf(recordOf({ usage, sequence: big ? 0xffff_fffe : 42 })).length;
    };
    const [large, small] = [ntagLayout('ntag216').slotPages * 4, ntagLayout('ntag215').slotPages * 4];
    expect(section('### Layout 1: NTAG216')).toContain('ten commodities');
    expect(bytes(10, true)).toBeLessThanOrEqual(large);
    expect(bytes(16, false)).toBeLessThanOrEqual(large);
    expect(section('### Layout 2: NTAG215')).toContain('a record of one commodity');
    expect(bytes(1, true)).toBeLessThanOrEqual(small);
    expect(bytes(2, true)).toBeGreaterThan(small);
  });

  test('is drawn as it is on the card of the vector', () => {
    const vector = vectorsOf('memory.json').vectors.find((one) => one.name === 'ntag216');
    const memory = (vector?.memory.join('') ?? '').toUpperCase();
    const drawn = [
      ...section('### The user memory, page by page').matchAll(
        /^ *(\d+) {2}([0-9A-F]{2}) {3}((?:[0-9A-F]{2} ){3}[0-9A-F]{2}) /gm,
      ),
    ];
    expect(drawn.length).toBeGreaterThan(25);
    for (const [line, page, hex, bytes] of drawn) {
      expect(hex, line).toBe(hexadecimal(Number(page)));
      expect(bytes?.replaceAll(' ', ''), line).toBe(memory.slice(Number(page) * 8, Number(page) * 8 + 8));
    }
  });
});

describe('card.md: the order of writing', () => {
  const table = new Map(rows(section('## Order of writing')).map(([what = '', pages = '']) => [what, pages]));

  /** `127–151, 126` as single pages. */
  const pagesOf = (text: string): number[] =>
    text.split(', ').flatMap((part) => {
      const [first = 0, last = first] = part.split('–').map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });

  test('of a new card is that of the code', async () => {
    const layout = ntagLayout('ntag216');
    const card = SimulatedNtag21x.blank('ntag216', UID);
    card.powerCycle();
    const content = cardContent(claimsOf(), issuer, { day: TODAY, slotBytes: layout.slotPages * 4 });
    await personaliseNtag21x(new SimulatedPageCard(card, { canWrite: true, delay: null }), layout, content);
    expect(card.transcript.map((write) => write.page)).toEqual(pagesOf(table.get('a new card') ?? ''));
  });

  test.each([
    ['A', 0],
    ['B', 1],
  ] as const)('of a service that writes slot %s is that of the code', async (name, index) => {
    const card = SimulatedNtag21x.fromDump(
      'ntag216',
      Uint8Array.from(Buffer.from(vectorsOf('memory.json').vectors[0]?.memory.join('') ?? '', 'hex')),
    );
    card.powerCycle();
    const session = await openMedium(new SimulatedPageCard(card, { canWrite: true, delay: null }), { canWrite: true });
    const image = imageOf(recordOf({ sequence: 42 + index }));
    await session.ledgers[0]?.writeSlot(index, image);
    const first = slotPage(ntagLayout('ntag216'), index);
    const told = `${first + 1} to the last page of the record, ${first}`;
    expect(table.get(`a service that writes slot ${name}`)).toBe(told);
    const body = Array.from({ length: image.length / 4 - 1 }, (_, i) => first + 1 + i);
    expect(card.transcript.map((write) => write.page)).toEqual([...body, first]);
  });
});

describe('card.md: the decode steps', () => {
  const table = rows(section('## Reading a credential')).map(([step, code]) => `${step} ${code}`);
  const source = repositoryFile('agent/credential/decode.ts');

  test('name every code that the decoder can answer with, and no other', () => {
    const all = source + repositoryFile('agent/credential/qr-payload.ts');
    const inSource = [...all.matchAll(/'(ERR_[A-Z0-9_]+)'/g)].map((match) => match[1]);
    expect(new Set(table.map((line) => line.split(' ')[1]))).toEqual(new Set(inSource));
    expect(new Set(table).size).toBe(table.length);
  });

  test('stand in the order of the code', () => {
    const union = /export type DecodeStep =([^;]+);/.exec(source)?.[1] ?? '';
    const steps = [...union.matchAll(/'([a-z0-9]+)'/g)].map((match) => match[1]);
    expect(steps.length).toBe(10);
    expect([...new Set(table.map((line) => line.split(' ')[0]))]).toEqual(steps);
  });

  test('are each shown by a vector, and no vector shows another', () => {
    const shown = vectorsOf('credential.json').invalid.map(({ expected }) =>
      expected.ok ? '' : `${expected.step} ${expected.code}`,
    );
    expect([...new Set(shown)].sort()).toEqual([...table].sort());
  });
});

describe('card.md: single numbers', () => {
  test('are those of the code', () => {
    expect(section('### NDEF')).toContain(`in the first ${NDEF_PROBE_BYTES} bytes of the area`);
    expect(section('## Reading a credential')).toContain(`more than ${COSE_BYTES_MAX.toLocaleString('en')} bytes`);
    expect(section('## Reading a credential')).toContain(`longer than ${QR_CHARS_MAX.toLocaleString('en')} characters`);
    expect(section('## Reading the ledger')).toContain('believes 24 hours beyond its own clock');
    expect(repositoryFile('agent/tap/ledgers.ts')).toContain('LEDGER_AHEAD_SEC = 24 * 3600');
  });
});

describe('card.md: the ledger', () => {
  test('names every state that a slot can be in and every code that a ledger can be refused with', () => {
    const text = section('## Reading the ledger');
    const { untrusted, rules } = vectorsOf('ledger.json');
    for (const why of new Set(untrusted.map((vector) => vector.expected.why)))
      expect(text).toContain(`| untrusted: ${why} |`);
    const codes = rules
      .flatMap(({ expected }) => [expected.code, expected.doubt])
      .filter((code) => typeof code === 'string');
    expect(new Set(codes).size).toBe(6);
    for (const code of codes) expect(text).toContain(`\`${code}\``);
    const inSource = [...repositoryFile('agent/tap/assess.ts').matchAll(/'(ERR_[A-Z0-9_]+)'/g)].map(
      (match) => match[1],
    );
    expect(new Set(inSource)).toEqual(new Set(codes));
  });
});

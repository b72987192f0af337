/** Codes of other issuers, and readers that tell only a UID, at a whole terminal: what the screen shows, and what is written down. */

import { describe, expect, it } from 'vitest';
import { foreignKey } from '../../agent/credential/foreign-key.js';
import type { Log } from '../../agent/domain/log.js';
import { journalStock } from '../../agent/journal/books/stock.js';
import type { Screen } from '../../agent/kiosk/state.js';
import { createSession, NO_OPERATORS } from '../../agent/session.js';
import { createTerminal } from '../../agent/terminal.js';
import type { Reader, ReaderEvent } from '../../drivers/reader.js';
import { readUid } from '../../drivers/serial/profiles.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { openDesk, SCANS, testTrust } from '../support/desk.js';
import { virtualTime } from '../support/virtual-time.js';
import { type PublishedForeign, unhex, vectorsOf } from '../vectors/vectors.js';

const file = vectorsOf('foreign.json');
const PERSON = ['Amina Diallo', '7700000031', '19910307'];

function vector(name: string): PublishedForeign {
  const found = [...file.valid, ...file.invalid].find((one) => one.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

/** Presents a text to a terminal that trusts the keys of a vector, and tells all that came of it. */
async function scan(text: string, { keys, now } = vector('eddsa').context) {
  const trust = testTrust({ expiresAt: now + 86_400 });
  for (const { key, keyId, issuer, notBefore, notAfter } of keys) {
    const { algorithm, publicKey } = file.keys[key] ?? {};
    if (algorithm === undefined || publicKey === undefined) throw new Error(key);
    const id = keyId === null ? null : unhex(keyId);
    trust.foreign.push(foreignKey({ issuer, algorithm, publicKey: unhex(publicKey), keyId: id, notBefore, notAfter }));
  }
  const desk = await openDesk({ trust });
  desk.clock.ms = now * 1000;
  const lines: string[] = [];
  const write = (fields: object, message: string): void => {
    lines.push(JSON.stringify([message, fields]));
  };
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const scanner = textReader();
  const terminal = createTerminal({
    ...{ terminal: 'unit-1', site: 'bakery-1', tap: desk.deps, journal: desk.journal, trust, log, servedToday: 0 },
    readers: [scanner.reader],
    sync: { connection: () => 'offline', subscribe: () => () => undefined },
    clock: { nowMs: () => desk.clock.ms },
    timers: virtualTime().timers,
    pseudonym: (card) => `card ${card}`,
    stock: journalStock({ journal: desk.journal, nowMs: () => desk.clock.ms }),
    supervisors: { here: () => [], authorise: () => Promise.reject(new Error('nobody is asked')) },
    session: createSession({ operators: NO_OPERATORS, clock: { nowMs: () => desk.clock.ms } }),
  });
  await terminal.start();
  const screen = new Promise<Screen>((resolve) => {
    terminal.backend.subscribe(() => {
      const { screen: shown } = terminal.backend.state();
      if (shown.name === 'refused') resolve(shown);
    });
  });
  scanner.present(text);
  const shown = await screen;
  const epoch = desk.journal.epochs().at(-1);
  const events = await desk.journal.readEvents(epoch?.name ?? '', 2, { countMax: 100, bytesMax: 100_000 });
  await terminal.stop();
  expect(desk.faults).toEqual([]);
  return { screen: shown, log: lines.join('\n'), events: events.map(({ bytes }) => decodeEvent(bytes)) };
}

function textReader(): { readonly reader: Reader; present(text: string): void } {
  let hear: (event: ReaderEvent) => void = () => undefined;
  const reader: Reader = {
    name: 'scanner',
    capabilities: SCANS,
    start: async (listener) => {
      hear = listener;
    },
    stop: async () => undefined,
  };
  return { reader, present: (text) => hear({ type: 'presented', card: { kind: 'text', text } }) };
}

describe('a code of another issuer', () => {
  it.each(['eddsa', 'es256', 'eddsa-key-id'])(
    '(%s) shows whom it is about, and that nothing is drawn with it',
    async (name) => {
      const { input, context } = vector(name);
      const { screen, log, events } = await scan(input.text, context);
      expect(screen).toMatchObject({
        name: 'refused',
        code: 'ERR_PROGRAMME_FOREIGN',
        holder: null,
        identity: { names: [{ text: 'Amina Diallo', language: 'eng' }], id: '7700000031' },
      });
      expect(screen).toMatchObject({ identity: { issuer: expect.stringMatching(/^Registry of /) } });
      expect(events).toMatchObject([{ type: 'refusal', reason: 'ERR_PROGRAMME_FOREIGN', card: null }]);
      expect(log).toContain('ERR_PROGRAMME_FOREIGN');
      for (const personal of PERSON) expect(log + JSON.stringify(events)).not.toContain(personal);
    },
  );

  it.each(['key-none', 'signature-stranger', 'signature-stranger-es256'])(
    'that is not trusted (%s) is refused with the step that failed, and shows nobody',
    async (name) => {
      const { input, context, expected } = vector(name);
      if (expected.ok) throw new Error('refused');
      const { screen, log } = await scan(input.text, context);
      expect(screen).toMatchObject({ name: 'refused', code: expected.code, holder: null });
      expect(screen).not.toHaveProperty('identity');
      expect(log).toContain(`"step":"${expected.step}"`);
      for (const personal of PERSON) expect(log + JSON.stringify(screen)).not.toContain(personal);
    },
  );
});

describe('a reader that tells only the UID of a card', () => {
  it.each(['04 A1 B2 C3 D4 E5 80', '04A1B2C3', '0123456789', '04A1B2C3D4E5F6A7B8C9'])(
    '(%s) proves nothing: the clerk is told which reader to use, and nothing is recorded of the card',
    async (line) => {
      const { screen, log, events } = await scan(readUid(line) ?? '');
      expect(screen).toMatchObject({ name: 'refused', code: 'ERR_READER_UID_ONLY', holder: null });
      expect(screen).toMatchObject({ text: { en: expect.stringContaining('Put the card on the other reader') } });
      expect(events).toEqual([]);
      expect(log).not.toContain(readUid(line));
    },
  );
});

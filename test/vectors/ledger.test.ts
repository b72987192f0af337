/** Our own reader on the published slots and ledgers. */
import { describe, expect, test } from 'vitest';
import { classifySlot, type LedgerKey } from '../../agent/credential/ledger.js';
import { verifierFromKey } from '../../agent/credential/signature.js';
import type { Slot } from '../../agent/domain/ledger.js';
import { assessLedger } from '../../agent/tap/assess.js';
import { type PublishedRule, type PublishedSlot, plain, unhex, vectorsOf } from './vectors.js';

const file = vectorsOf('ledger.json');

function classify({ input, context }: Pick<PublishedSlot, 'input' | 'context'>): Slot {
  const keys: LedgerKey[] = context.keys.map(({ key, ...window }) => ({
    verifier: verifierFromKey(unhex(file.keys[key]?.publicKey ?? '')),
    ...window,
  }));
  return classifySlot(unhex(input), {
    family: 1,
    owner: { uid: unhex(context.uid), card: context.card },
    index: context.index,
    keys: (keyId) => keys.filter((key) => Buffer.from(key.verifier.keyId).equals(keyId)),
    latest: context.latest,
  });
}

function assess({ slots, mark }: PublishedRule): unknown {
  const [a, b] = slots.map((input, index) => classify({ input, context: { ...file.rulesContext, index } }));
  if (a === undefined || b === undefined) throw new Error('a ledger has two slots');
  const verdict = assessLedger({
    slots: [a, b],
    mark: mark === null ? null : { sequence: mark.sequence, recordHash: unhex(mark.recordHash) },
    intents: [],
  });
  if (verdict.verdict !== 'serve') return verdict;
  const { newest, counted, nextSequence, doubt } = verdict;
  return {
    verdict: 'serve',
    newest: newest.record.sequence,
    counted: counted.record.sequence,
    nextSequence,
    nextSlot: nextSequence % 2,
    doubt,
  };
}

describe('the published slots', () => {
  const all = [...file.valid, ...file.untrusted, ...file.torn, ...file.newer];

  test.each(all.map((vector) => [vector.name, vector.expected.state, vector] as const))(
    '%s is %s',
    (_name, _state, vector) => {
      expect(plain(classify(vector))).toEqual(vector.expected);
    },
  );

  test('show every state and every reason not to believe a record', () => {
    expect(file.valid.every((vector) => vector.expected.state === 'valid')).toBe(true);
    expect(file.newer.map((vector) => vector.expected.state)).toEqual(['newer']);
    expect(file.torn.every((vector) => vector.expected.state === 'torn')).toBe(true);
    expect([...new Set(file.untrusted.map((vector) => vector.expected.why))].sort()).toEqual([
      'dated',
      'signature',
      'signer',
    ]);
  });

  test('have each a name of their own', () => {
    expect(new Set(all.map((vector) => vector.name)).size).toBe(all.length);
  });
});

describe('the published ledgers', () => {
  test.each(file.rules.map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
    const verdict = assess(vector);
    if (vector.expected.verdict === 'serve') expect(verdict).toEqual(vector.expected);
    else expect(verdict).toMatchObject(vector.expected);
  });

  test('never give out the sequence of a record that may have stood in the damaged slot', () => {
    const damaged = file.rules.filter((vector) => vector.expected.doubt === 'ERR_LEDGER_DAMAGED');
    expect(damaged.length).toBeGreaterThan(2);
    for (const { expected } of damaged) {
      const [newest, next] = [Number(expected.newest), Number(expected.nextSequence)];
      // What is damaged is the other slot, which holds newest - 1 or newest + 1, and the next record is written there.
      expect(next).toBeGreaterThan(newest + 1);
      expect(next % 2).not.toBe(newest % 2);
    }
  });
});

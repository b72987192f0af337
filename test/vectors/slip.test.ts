/** The published slips: our own reader, and a second one of other parts (cbor2, node:crypto, node:zlib). */
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { decode as decodeCbor2 } from 'cbor2';
import { describe, expect, test } from 'vitest';
import { decodeAny } from '../../agent/credential/any-code.js';
import { sameBytes } from '../../agent/credential/cbor.js';
import { signerFromSeed, verifierFromKey } from '../../agent/credential/signature.js';
import { decodeSlip, isSlipText, issueSlip } from '../../agent/credential/slip.js';
import { matchesRule } from './cddl.js';
import { parseCddl } from './cddl-parser.js';
import { fromBase45, holds } from './independent.js';
import { readCbor, writeCbor } from './independent-cbor.js';
import { type PublishedSlip, plain, unhex, vectorsOf } from './vectors.js';

const file = vectorsOf('slip.json');
const publicKeyOf = (name: string): Uint8Array => unhex(file.keys[name]?.publicKey ?? '');
const rules = parseCddl(readFileSync(new URL('../../docs/formats/card.cddl', import.meta.url), 'utf8'));
const document = readFileSync(new URL('../../docs/formats/card.md', import.meta.url), 'utf8');
const valid = file.valid.map((vector) => [vector.name, vector] as const);

function read({ input, context }: PublishedSlip): unknown {
  const keys = context.terminalKeys.map(({ key, ...rest }) => ({
    ...rest,
    verifier: verifierFromKey(publicKeyOf(key)),
  }));
  const result = decodeSlip(input, {
    terminalKeys: (keyId) => keys.filter(({ verifier }) => sameBytes(verifier.keyId, keyId)),
    siteNumber: (site) => context.sites[site] ?? 0,
    nowSec: context.now,
    today: context.today,
  });
  return result.ok ? { ok: true, slip: result.slip, terminal: result.signer.terminal } : result;
}

describe('the published slips', () => {
  test.each(valid)('%s is read', (_name, vector) => {
    expect(read(vector)).toEqual(vector.expected);
  });

  test.each(valid)('%s is written as it was', (_name, vector) => {
    if (!vector.expected.ok) throw new Error('only good ones are here');
    const terminal = signerFromSeed(unhex(file.keys.terminal?.seed ?? ''));
    expect(issueSlip(vector.expected.slip, terminal)).toBe(vector.input);
  });

  test.each(file.invalid.map((vector) => [vector.name, vector] as const))('%s is refused', (_name, vector) => {
    expect(read(vector)).toEqual(vector.expected);
  });

  test('are told from credentials by their first characters, and read as none', () => {
    for (const { input } of file.valid) {
      expect(isSlipText(input)).toBe(true);
      const context = { issuerKeys: () => [], isHotlisted: () => false, programme: null, now: 0, medium: null };
      const result = decodeAny({ form: 'text', text: input }, { ...context, foreignKeys: [] });
      expect(result).toMatchObject({ ok: false });
    }
    for (const { input } of [...vectorsOf('credential.json').valid, ...vectorsOf('foreign.json').valid])
      if (input.form === 'text') expect(isSlipText(input.text)).toBe(false);
  });

  test('fit a QR code of a size that a simple scanner reads from paper, in its alphanumeric mode', () => {
    for (const { input } of file.valid) {
      expect(input).toMatch(/^[0-9A-Z $%*+\-./:]+$/);
      // Version 15 at error correction M (ISO/IEC 18004, table 7).
      expect(input.length).toBeLessThanOrEqual(600);
    }
  });

  test('show every step that card.md names, and have each a name of their own', () => {
    const named = [...document.matchAll(/^\| (\w+) \| (ERR_SLIP_\w+) \|/gm)].map((row) => `${row[1]} ${row[2]}`);
    const shown = file.invalid.map(({ expected }) => (expected.ok ? '' : `${expected.step} ${expected.code}`));
    expect(named).toHaveLength(9);
    expect([...new Set(shown)].sort()).toEqual([...named].sort());
    const names = [...file.valid, ...file.invalid].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('are refused to be made where no terminal would read them', () => {
    const terminal = signerFromSeed(unhex(file.keys.terminal?.seed ?? ''));
    const [first] = file.valid;
    if (first?.expected.ok !== true) throw new Error('there is a good one');
    const { slip } = first.expected;
    for (const wrong of [{ papers: [] }, { id: 'c0ffee' }, { programme: -1 }, { issuedAt: 1.5 }])
      expect(() => issueSlip({ ...slip, ...wrong }, terminal)).toThrow(
        expect.objectContaining({ code: 'ERR_SLIP_FORMAT' }),
      );
  });
});

describe('a second implementation, of other parts (cbor2, node:crypto)', () => {
  test.each(valid)('agrees about %s', (_name, vector) => {
    if (!vector.expected.ok) throw new Error('only good ones are here');
    const { slip } = vector.expected;
    expect(vector.input.slice(0, 7)).toBe('WSLIP1:');
    const cose = inflateSync(fromBase45(vector.input.slice(7)));
    expect(cose[0]).toBe(0xd2);
    const outer = decodeCbor2(cose.subarray(1), { preferMap: true });
    if (!Array.isArray(outer)) throw new Error('an array');
    const [protectedBytes, , content, signature] = outer as readonly Uint8Array[];
    if (protectedBytes === undefined || content === undefined || signature === undefined) throw new Error('four parts');
    const header = decodeCbor2(protectedBytes, { preferMap: true }) as ReadonlyMap<number, unknown>;
    expect([header.size, header.get(1), plain(header.get(4))]).toEqual([2, -8, file.keys.terminal?.keyId]);
    const toBeSigned = writeCbor(['Signature1', protectedBytes, writeCbor(['wasl/slip/1']), content]);
    expect(plain({ cose: Uint8Array.from(cose), content, toBeSigned, signature })).toEqual(vector.parts);
    expect(holds(publicKeyOf('terminal'), toBeSigned, signature)).toBe(true);

    const [version, id, programme, subject, papers, site, issuedAt] = decodeCbor2(content) as [
      ...[number, Uint8Array, number, number[], number[], number, number],
    ];
    expect([version, plain(id), programme, site, issuedAt]).toEqual([
      1,
      slip.id,
      slip.programme,
      slip.site,
      slip.issuedAt,
    ]);
    expect(subject).toEqual(Object.values(slip.subject));
    expect(papers).toEqual(slip.papers.flatMap((one) => [one.kind, one.commodity, one.units, one.untilDay, one.site]));
  });

  test.each(valid)('and so does the CDDL about %s', (_name, vector) => {
    const content = readCbor(unhex(vector.parts?.content ?? ''));
    expect(matchesRule(rules, 'slip-content', content)).toBe(true);
    expect(matchesRule(rules, 'slip-signature', readCbor(unhex(vector.parts?.toBeSigned ?? '')))).toBe(true);
  });
});

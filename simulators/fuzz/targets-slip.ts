/**
 * Slips: what anybody can print and hold before a scanner. An input is taken as a text, and as a content, which is signed first: else none would get past the
 * signature.
 */
import { sameBytes } from '../../agent/credential/cbor.js';
import { encodeLabelledSign1 } from '../../agent/credential/cose.js';
import { LABELS } from '../../agent/credential/hash.js';
import { signerFromSeed, verifierFromKey } from '../../agent/credential/signature.js';
import {
  decodeSlip,
  isSlipText,
  issueSlip,
  SLIP_CHARS_MAX,
  SLIP_PAPERS_MAX,
  slipText,
} from '../../agent/credential/slip.js';
import type { Slip } from '../../agent/domain/slip.js';
import { ascii, CBOR_WORDS, hex, must, NOW, type Target, textOf } from './target.js';

/** Seed of the terminal that signed the vectors. */
const TERMINAL = signerFromSeed(new Uint8Array(32).fill(7));
const TODAY = 20_778;

/** Texts and contents: nothing is ever thrown, and what is read is what would be written. */
export function slips(): Target {
  const verifier = verifierFromKey(TERMINAL.publicKey);
  const key = { verifier, terminal: 't', site: 's', notBefore: 0, notAfter: Number.MAX_SAFE_INTEGER };
  const context = {
    terminalKeys: (keyId: Uint8Array) => (sameBytes(keyId, verifier.keyId) ? [key] : []),
    siteNumber: () => 31,
    ...{ nowSec: NOW, today: TODAY },
  };
  /** The slip, where there is one. */
  const judge = (text: string): Slip | null => {
    const result = decodeSlip(text, context);
    must(result.ok === Object.hasOwn(result, 'slip'), 'content when ok, and only then');
    if (!result.ok) return null;
    const { slip } = result;
    must(isSlipText(text) && text.length <= SLIP_CHARS_MAX, 'what is read is told from a credential');
    must(slip.papers.length >= 1 && slip.papers.length <= SLIP_PAPERS_MAX, 'a slip has papers, and not too many');
    must(slip.site === 31 && slip.issuedAt <= NOW + 86_400, 'of its own site, and not of the future');
    must(
      slip.papers.some(({ untilDay }) => untilDay >= TODAY),
      'and some of it holds',
    );
    return slip;
  };
  return {
    name: 'slip',
    files: [
      '/agent/credential/slip',
      '/agent/credential/cose',
      '/agent/credential/cbor',
      '/agent/credential/qr-payload',
    ],
    words: [...CBOR_WORDS, ascii('WSLIP1:'), ascii('WSLIP2:'), hex('48c0ffee0102030405')],
    seeds: ({ slips: texts, slipContents: contents }) => [...texts.map(ascii), ...contents],
    run: (input) => {
      judge(textOf(input));
      const text = slipText(encodeLabelledSign1(input, TERMINAL, LABELS.slip));
      const slip = judge(text);
      if (slip !== null) must(issueSlip(slip, TERMINAL) === text, 'a content has one form');
    },
  };
}

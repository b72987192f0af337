/** What a card holds in the place of health records: bytes that anybody with a reader can put there. */
import { encodeCbor, sameBytes } from '../../agent/credential/cbor.js';
import { signerFromSeed } from '../../agent/credential/signature.js';
import type { HealthContent, HealthOwner } from '../../agent/domain/health-record.js';
import { readWrappedKey, wrapCardKey } from '../../agent/health/card-key.js';
import { openCopy } from '../../agent/health/copy.js';
import { decodeContent, encodeContent, sealRecord, unsealRecord } from '../../agent/health/record.js';
import { sealKeyFromSecret } from '../../sync/protocol/seal.js';
import { Stream } from '../world/random.js';
import { CBOR_WORDS, must, type Target } from './target.js';

const KEY = sealKeyFromSecret(new Uint8Array(32).fill(1));
const SIGNER = signerFromSeed(new Uint8Array(32).fill(2));
const OWNER: HealthOwner = { card: 100_017, cardKey: { algorithm: 'EdDSA', publicKey: SIGNER.publicKey } };
const CARD_KEY = new Uint8Array(32).fill(3);
const CONTENT: HealthContent = {
  ...{ kind: 'laboratory-result', day: 20_780, site: 17, role: 'laboratory', operator: 4, text: 'HbA1c 7,2 %' },
  answers: new Uint8Array(8).fill(4),
};

/** Records, wrapped keys and contents: nothing is ever thrown, and what is read is what would be written. */
export function healthRecords(): Target {
  const content = encodeContent(CONTENT);
  const by = { owner: OWNER, signer: SIGNER };
  const keys = { epoch: 1, rolePublicKey: KEY.publicKey, authorityPublicKey: KEY.publicKey };
  const wrapped = wrapCardKey(CARD_KEY, { ...by, keys, random: new Stream('fuzz health') });
  const record = sealRecord(CONTENT, { ...by, cardKey: CARD_KEY, id: new Uint8Array(8).fill(5) });
  return {
    name: 'health-record',
    files: ['/agent/health/', '/agent/credential/cbor'],
    words: [...CBOR_WORDS, encodeCbor('laboratory')],
    seeds: () => [wrapped, record, content],
    run: (input) => {
      const read = readWrappedKey(input, OWNER);
      must(read === null || (read.epoch >= 1 && input.length <= 255), 'a wrapped key fits the card');
      const opened = unsealRecord(input, { cardKey: CARD_KEY, owner: OWNER });
      must(opened === null || sameBytes(input, record), 'nobody seals a record without the key');
      must(openCopy(input, [KEY]) === null, 'nor a copy');
      const known = decodeContent(input);
      must(known === null || sameBytes(encodeContent(known), input), 'a content has one form');
    },
  };
}

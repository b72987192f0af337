/**
 * The parsers that bytes from outside reach first, each with inputs to begin from and with what must hold whatever comes: nothing is thrown but
 * a `WaslError` where one is documented, and two readers of the same bytes never contradict each other.
 */
import { decodeAny } from '../../agent/credential/any-code.js';
import { base45Decode, base45Encode } from '../../agent/credential/base45.js';
import { decodeCbor, encodeCbor, sameBytes } from '../../agent/credential/cbor.js';
import { decodeLenient } from '../../agent/credential/cbor-lenient.js';
import { decodeSign1 } from '../../agent/credential/cose.js';
import { decodeClaims } from '../../agent/credential/cwt.js';
import { decodeCredential } from '../../agent/credential/decode.js';
import { decodeEndorsement, ENDORSEMENT_BYTES_MAX, endorsedClaims } from '../../agent/credential/endorsement.js';
import { decodeForeign } from '../../agent/credential/foreign.js';
import { decodeForeignClaims } from '../../agent/credential/foreign-claims.js';
import { foreignKey } from '../../agent/credential/foreign-key.js';
import { verifierFromKey } from '../../agent/credential/signature.js';
import type { ForeignKey, IssuerKey } from '../../agent/domain/keys.js';
import { decodeArea, encodeArea } from '../../drivers/media/endorsement-area.js';
import { ascii, CBOR_WORDS, must, NOW, type Target, textOf, type Vectors } from './target.js';
import { apdu, ndef, serialLines, slots, twn4, type4 } from './targets-drivers.js';
import { healthRecords } from './targets-health.js';
import { slips } from './targets-slip.js';

const CREDENTIAL = '/agent/credential/';
const ALWAYS = { notBefore: 0, notAfter: Number.MAX_SAFE_INTEGER };
const LIMITS = { bytesMax: 16_384, depthMax: 8, itemsMax: 1024 };

/** All targets, with keys that the vectors verify under: otherwise no input gets past the signature. */
export function targetsWith(vectors: Vectors): readonly Target[] {
  const issuers: readonly IssuerKey[] = vectors.keys
    .filter((key) => key.length === 32)
    .map((key) => ({ verifier: verifierFromKey(key), programmes: [1], ...ALWAYS }));
  const foreign: readonly ForeignKey[] = vectors.keys.map((publicKey) =>
    foreignKey({
      issuer: 'fuzz',
      algorithm: publicKey.length === 32 ? 'EdDSA' : 'ES256',
      publicKey,
      keyId: null,
      ...ALWAYS,
    }),
  );
  const issuerKeys = (keyId: Uint8Array): readonly IssuerKey[] =>
    issuers.filter(({ verifier }) => sameBytes(verifier.keyId, keyId));
  const context = {
    issuerKeys,
    isHotlisted: () => false,
    programme: null,
    now: NOW,
    medium: null,
    foreignKeys: foreign,
  };
  return [
    qrText(context),
    cbor(),
    cose(context),
    endorsements(issuerKeys, vectors.endorsed),
    slips(),
    healthRecords(),
    ndef(),
    slots(issuerKeys),
    apdu(),
    type4(),
    twn4(),
    serialLines(),
  ];
}

/** Endorsements of the credential that the vectors extend, bare and in the frame of a tag. */
function endorsements(issuerKeys: (keyId: Uint8Array) => readonly IssuerKey[], endorsed: Uint8Array): Target {
  const sign1 = decodeSign1(endorsed);
  if (!sign1.ok) throw new Error('the credential of the vectors is good');
  const { payload } = sign1.sign1;
  const read = decodeClaims(payload);
  if (!read.ok) throw new Error('its claims are good too');
  const { claims } = read;
  const { uid, card } = claims.entitlements;
  const owner = { uid: uid ?? new Uint8Array(0), card };
  const judged = { issuerKeys, programme: null, owner, payload, claims };
  const whole = encodeArea(new Uint8Array(20));
  return {
    name: 'endorsement',
    files: [`${CREDENTIAL}endorsement`, `${CREDENTIAL}cbor`, '/drivers/media/endorsement-area'],
    words: [...CBOR_WORDS, whole.slice(4, 8)],
    seeds: ({ endorsements: inputs }) => [...inputs, ...inputs.slice(0, 5).map(encodeArea)],
    run: (input) => {
      const area = decodeArea(input);
      const bytes = area.state === 'bytes' ? area.bytes : input;
      const result = decodeEndorsement(bytes, judged);
      must(result.ok === Object.hasOwn(result, 'endorsement'), 'content when ok, and only then');
      if (!result.ok) return;
      must(bytes.length <= ENDORSEMENT_BYTES_MAX, 'what is accepted fits its area');
      const { draws, householdSize } = endorsedClaims(claims, result.endorsement).entitlements;
      must(draws >= 1 && draws <= householdSize, 'a card draws for no more than the household');
    },
  };
}

type Context = Parameters<typeof decodeAny>[1];

function qrText(context: Context): Target {
  return {
    name: 'qr-text',
    files: [CREDENTIAL],
    words: ['%', ':::', '6BF', 'NCF', '\u0000', ' ', '\u00ff'].map(ascii),
    seeds: ({ texts, bytes }) => [...texts, ...bytes.slice(0, 20).map(base45Encode)].map(ascii),
    run: (input) => {
      const text = textOf(input);
      const result = decodeAny({ form: 'text', text }, context);
      must(result.ok === Object.hasOwn(result, 'credential'), 'content when ok, and only then');
      const bytes = base45Decode(text);
      if (bytes !== null) must(base45Encode(bytes) === text, 'Base45 has one text for each byte string');
    },
  };
}

function cbor(): Target {
  return {
    name: 'cbor',
    files: [CREDENTIAL, '/cborg/'],
    words: CBOR_WORDS,
    seeds: ({ bytes }) => bytes,
    run: (input) => {
      const strict = decodeCbor(input, LIMITS);
      const loose = decodeCbor(input, LIMITS, false);
      const lenient = decodeLenient(input, LIMITS);
      must(!strict.ok || loose.ok, 'what is canonical is valid');
      // Broken UTF-8 is refused by the lenient reader, and by the strict one as not canonical; see `decodeCbor`.
      must(!strict.ok || lenient.ok, 'what is canonical is valid to the lenient reader too');
      if (strict.ok) must(sameBytes(encodeCbor(strict.value), input), 'canonical bytes are what the encoder writes');
    },
  };
}

function cose(context: Context): Target {
  return {
    name: 'cose',
    files: [CREDENTIAL],
    words: CBOR_WORDS,
    seeds: ({ bytes }) => bytes,
    run: (input) => {
      const raw = { form: 'bytes' as const, bytes: input };
      const own = decodeCredential(raw, context);
      must(own.ok === Object.hasOwn(own, 'credential'), 'content when ok, and only then');
      const theirs = decodeForeign(raw, { keys: context.foreignKeys, now: context.now });
      must(theirs.ok === Object.hasOwn(theirs, 'credential'), 'content when ok, and only then');
      decodeSign1(input);
      // A signature stands before these in the product; a fuzzer cannot sign, so they are also read without it.
      decodeClaims(input);
      decodeForeignClaims(input);
    },
  };
}

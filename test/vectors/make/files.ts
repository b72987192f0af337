/** The vector files as they stand in `docs/vectors/`: made from the code, with keys that are no secret. */
import { refusedCredentials } from './credential-invalid.js';
import { refusedPayloads } from './credential-payload.js';
import { validCredentials } from './credential-valid.js';
import { ENDORSED_CREDENTIAL, endorsementAreas, refusedEndorsements, validEndorsements } from './endorsements.js';
import { epochs, readOnlyEvents, reasonNumbers } from './events.js';
import { refusedEvents } from './events-refused.js';
import { validForeign } from './foreign.js';
import { refusedForeign } from './foreign-invalid.js';
import { publishedForeignKeys } from './foreign-tools.js';
import { healthKeys, refusedHealth, validHealth } from './health.js';
import { ledgerRules } from './ledger-rules.js';
import { newerSlots, SLOT_CONTEXT, tornSlots, untrustedSlots, validSlots } from './ledger-slots.js';
import { refusedLists, validLists } from './lists.js';
import { memories } from './memory.js';
import { refusedSlips, validSlips } from './slips.js';
import { fileText, KEY_WARNING, publishedKeys } from './support.js';
import { CHALLENGE, PIN, publishedCardKeys, validType4 } from './type4.js';
import { PIN_CARE } from './type4-pin-care.js';
import { pinVectors, refusedPinVectors } from './type4-pins.js';
import { refusedType4 } from './type4-refused.js';

/** Version of the shape of these files. */
const FORMAT = 1;

/** Each file's name and text. The same on every machine and every run. */
export async function vectorFiles(): Promise<ReadonlyMap<string, string>> {
  const file = (describes: string, content: object): string =>
    fileText({ format: FORMAT, describes, warning: KEY_WARNING, ...content });
  return new Map([
    [
      'credential.json',
      file('docs/formats/card.cddl (credential), docs/formats/card.md (decode steps)', {
        keys: publishedKeys(['issuer', 'stranger']),
        valid: validCredentials(),
        invalid: [...refusedCredentials(), ...refusedPayloads()],
      }),
    ],
    [
      'foreign.json',
      file('docs/formats/foreign.md: Claim 169 codes of other issuers (MOSIP QR specification 1.2.2)', {
        keys: publishedForeignKeys(),
        valid: validForeign(),
        invalid: refusedForeign(),
      }),
    ],
    [
      'ledger.json',
      file('docs/formats/card.cddl (ledger-record), docs/formats/card.md (slots)', {
        keys: publishedKeys(['issuer', 'terminal', 'otherTerminal']),
        valid: validSlots(),
        untrusted: untrustedSlots(),
        torn: tornSlots(),
        newer: newerSlots(),
        rulesContext: SLOT_CONTEXT,
        rules: ledgerRules(),
      }),
    ],
    [
      'memory.json',
      file('docs/formats/card.md (memory)', { keys: publishedKeys(['issuer']), vectors: await memories() }),
    ],
    [
      'endorsement.json',
      file('docs/formats/card.cddl (endorsement), docs/formats/card.md (Endorsement)', {
        keys: publishedKeys(['issuer', 'stranger']),
        credential: ENDORSED_CREDENTIAL,
        valid: validEndorsements(),
        invalid: refusedEndorsements(),
        areas: endorsementAreas(),
      }),
    ],
    [
      'slip.json',
      file('docs/formats/card.cddl (slip), docs/formats/card.md (Slip)', {
        keys: publishedKeys(['terminal', 'otherTerminal']),
        valid: validSlips(),
        invalid: refusedSlips(),
      }),
    ],
    [
      'type4.json',
      file('docs/formats/card.md (Layout 4)', {
        keys: publishedKeys(['issuer', 'terminal']),
        cardKeys: publishedCardKeys(),
        challenge: CHALLENGE,
        pin: PIN,
        pinCare: PIN_CARE,
        valid: [...(await validType4()), ...(await pinVectors())],
        invalid: [...(await refusedType4()), ...(await refusedPinVectors())],
      }),
    ],
    [
      'health.json',
      file('docs/formats/card.cddl (health-key, health-content), docs/formats/card.md (Health records)', {
        keys: healthKeys(),
        valid: validHealth(),
        invalid: refusedHealth(),
      }),
    ],
    [
      'event.json',
      file('docs/formats/event.cddl', {
        reasons: reasonNumbers(),
        epochs: epochs(),
        readOnly: readOnlyEvents(),
        invalid: refusedEvents(),
      }),
    ],
    [
      'list.json',
      file('docs/formats/list.cddl', {
        keys: publishedKeys(['authority', 'otherAuthority']),
        valid: validLists(),
        invalid: refusedLists(),
      }),
    ],
  ]);
}

import { Command } from 'commander';
import { openMedium } from '../../../drivers/media/open.js';
import type { CardSession } from '../../../drivers/medium.js';
import { hexOf, linesOf, plainOf, reportOf } from '../../cards/report.js';
import { type AnyResult, decodeAny } from '../../credential/any-code.js';
import { cardKeyId } from '../../credential/card-proof.js';
import { decodeSign1 } from '../../credential/cose.js';
import { decodeEndorsement } from '../../credential/endorsement.js';
import { classifySlot, type LedgerOwner, type SlotContext } from '../../credential/ledger.js';
import type { Credential } from '../../domain/credential.js';
import { familyName, isIssuerCause, LEDGER_FAMILIES } from '../../domain/ledger.js';
import { type Output, processOutput } from '../shared/output.js';
import { placeOptions, trustOptions } from './options.js';
import { type PlaceOptions, withCard } from './place.js';
import { type CardTrust, cardTrust, type TrustOptions } from './trust.js';

/** A terminal believes records up to a day beyond its own clock (`docs/formats/card.md`). */
const AHEAD_SECONDS = 86_400;

/** `wasl card read`: the credential as verified, the endorsement, both slots of each ledger. Exit status 1 where the credential is refused. */
export function readCardCommand(): Command {
  const command = new Command('read').description(
    'read a card: credential, endorsement, what its ledger says was used',
  );
  return trustOptions(placeOptions(command))
    .option('--json', 'print one JSON object')
    .action(async (options: PlaceOptions & TrustOptions & { readonly json?: boolean }) => {
      const output = processOutput(options.json === true);
      const trust = await cardTrust(options);
      const found = await withCard(options, async ({ card, canWrite }) => {
        const session = await openMedium(card, { canWrite });
        const ledgers: ReadLedger[] = [];
        for (const store of session.ledgers) ledgers.push({ family: store.family, slots: await store.readSlots() });
        return { session, ledgers };
      });
      const result = decodeAny(found.session.credential, { ...trust, medium: found.session });
      tell({ ...found, result, trust }, output);
      if (!result.ok) process.exitCode = 1;
    });
}

interface ReadLedger {
  readonly family: number;
  readonly slots: readonly [Uint8Array, Uint8Array];
}

interface Found {
  readonly session: CardSession;
  readonly ledgers: readonly ReadLedger[];
  readonly result: AnyResult;
  readonly trust: CardTrust;
}

function tell(found: Found, output: Output): void {
  const { session, result } = found;
  const verification = reportOf(result);
  const own = result.ok && result.profile === 'wasl' ? result.credential : null;
  // Without a verified credential nobody knows whose the ledger is: it is bound to the serial.
  const ledgers =
    own === null
      ? []
      : found.ledgers.map(({ family, slots }) => ({
          family,
          slots: slots.map((bytes, index) =>
            slotReport(bytes, { family, index }, { credential: own, trust: found.trust }),
          ),
        }));
  const endorsement = endorsementReport(found, own);
  output.line(`${session.kind}, layout ${session.layout}${session.uid === null ? '' : `, UID ${hexOf(session.uid)}`}`);
  output.line(
    verification.ok ? 'credential: VALID' : `credential: REFUSED at step ${verification.step}: ${verification.code}`,
  );
  if (verification.ok) for (const line of linesOf(verification.claims)) output.line(line);
  output.line(`endorsement: ${endorsement.state}`);
  for (const line of linesOf(endorsement.content)) output.line(line);
  for (const { family, slots } of ledgers) {
    const of = family === LEDGER_FAMILIES.ration ? '' : `${familyName(family)} `;
    for (const [index, slot] of slots.entries()) {
      output.line(`${of}slot ${index === 0 ? 'A' : 'B'}: ${slot.state}`);
      for (const line of linesOf(slot.content)) output.line(line);
    }
  }
  const slotsOf = (family: number) => ledgers.find((one) => one.family === family)?.slots ?? null;
  const { kind, layout, uid } = session;
  output.result({
    ...verification,
    kind,
    layout,
    uid: uid === null ? null : hexOf(uid),
    endorsement,
    ...{ ledger: slotsOf(LEDGER_FAMILIES.ration), health: slotsOf(LEDGER_FAMILIES.health) },
  });
}

interface Part {
  readonly state: string;
  readonly content: object;
}

function ownerOf({ entitlements, cardKey }: Credential): LedgerOwner {
  const bound = entitlements.uid ?? (cardKey === undefined ? new Uint8Array(0) : cardKeyId(cardKey));
  return { uid: bound, card: entitlements.card };
}

function slotReport(
  bytes: Uint8Array,
  place: Pick<SlotContext, 'family' | 'index'>,
  { credential, trust }: { readonly credential: Credential; readonly trust: CardTrust },
): Part {
  const context: SlotContext = {
    owner: ownerOf(credential),
    ...place,
    keys: (keyId, cause) => (isIssuerCause(cause) ? trust.issuerKeys(keyId) : trust.terminalKeys(keyId)),
    latest: trust.now + AHEAD_SECONDS,
  };
  const slot = classifySlot(bytes, context);
  if (slot.state === 'torn' || slot.state === 'newer') return { state: slot.state, content: {} };
  const { record, hash } = slot;
  const state = slot.state === 'untrusted' ? `untrusted (${slot.why})` : 'valid';
  return { state, content: plainOf({ ...record, hash }) };
}

function endorsementReport({ session, trust }: Found, own: Credential | null): Part {
  const { endorsement: place, credential } = session;
  if (place.state !== 'bytes' || own === null || credential.form !== 'bytes')
    return { state: place.state, content: {} };
  const sign1 = decodeSign1(credential.bytes);
  if (!sign1.ok) return { state: 'damaged', content: {} };
  const { keyId: _keyId, ...claims } = own;
  const decoded = decodeEndorsement(place.bytes, {
    issuerKeys: trust.issuerKeys,
    programme: trust.programme,
    owner: ownerOf(own),
    payload: sign1.sign1.payload,
    claims,
  });
  return decoded.ok
    ? { state: 'valid', content: plainOf(decoded.endorsement) }
    : { state: `refused at step ${decoded.step}: ${decoded.code}`, content: {} };
}

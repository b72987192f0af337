/** `wasl card records`: what stands in the place of health records on a card, and, with a key, what it says. */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { openMedium } from '../../../drivers/media/open.js';
import type { CardSession } from '../../../drivers/medium.js';
import { type SealKey, sealKeyFromSecret } from '../../../sync/protocol/seal.js';
import { decodeSign1 } from '../../credential/cose.js';
import { decodeClaims } from '../../credential/cwt.js';
import { parseSecret } from '../../credential/secret.js';
import { isoDay } from '../../domain/calendar.js';
import { WaslError } from '../../domain/errors.js';
import type { HealthOwner } from '../../domain/health-record.js';
import { fileError } from '../../files.js';
import { openBox, readWrappedKey, type WrappedKey } from '../../health/card-key.js';
import { type UnsealedRecord, unsealRecord } from '../../health/record.js';
import { type Output, processOutput } from '../shared/output.js';
import { placeOptions } from './options.js';
import { type PlaceOptions, withCard } from './place.js';

interface RecordsOptions extends PlaceOptions {
  readonly unseal?: string;
  readonly json?: boolean;
}

/** Without a key: how many records there are, and under which epoch. Exit status 1 where a key was given and opens nothing. */
export function cardRecordsCommand(): Command {
  return placeOptions(new Command('records').description('look at the health records on a smart card'))
    .option('--unseal <file>', 'secret key of the health authority or of the health roles: shows what they say')
    .option('--json', 'print one JSON object')
    .action(async (options: RecordsOptions) => {
      const key = options.unseal === undefined ? null : await readKey(options.unseal);
      const found = await withCard(options, async ({ card, canWrite }) => {
        const session = await openMedium(card, { canWrite });
        const store = session.healthRecords;
        if (store === undefined)
          throw new WaslError('ERR_HEALTH_ROOM', 'this card has no room for health records, or the reader cannot ask');
        return { owner: ownerOf(session), images: await store.readRecords(), wrapped: await store.readKey() };
      });
      tell(found, key, processOutput(options.json === true));
    });
}

interface Found {
  readonly owner: HealthOwner;
  readonly images: readonly Uint8Array[];
  readonly wrapped: Uint8Array;
}

function tell({ owner, images, wrapped }: Found, key: SealKey | null, output: Output): void {
  const read = readWrappedKey(wrapped, owner);
  const cardKey = key === null || read === null ? null : keyIn(read, key);
  output.line(`card ${owner.card}: ${images.length} sealed health records`);
  output.line(`key: ${read === null ? 'none' : `epoch ${read.epoch}, put there by terminal key ${hex(read.signer)}`}`);
  const records = images.map((image) => (cardKey === null ? null : unsealRecord(image, { cardKey, owner })));
  for (const record of records) if (record !== null) output.line(lineOf(record));
  const opened = records.filter((record) => record !== null);
  if (key !== null && images.length > opened.length)
    output.line(`${images.length - opened.length} do not open with this key`);
  if (key !== null) output.line('Who signed a record is named by the terminal key alone: a terminal checks it.');
  if (key !== null && images.length > 0 && opened.length === 0) process.exitCode = 1;
  output.result({
    ok: process.exitCode !== 1,
    card: owner.card,
    count: images.length,
    epoch: read?.epoch ?? null,
    ...(key === null ? {} : { records: opened.map(plainOf) }),
  });
}

function keyIn({ roleBox, authorityBox }: WrappedKey, key: SealKey): Uint8Array | null {
  return openBox(authorityBox, [key]) ?? openBox(roleBox, [key]);
}

function lineOf({ id, content }: UnsealedRecord): string {
  const { kind, day, site, role, text, answers } = content;
  const of = answers === null ? '' : `, answers ${hex(answers)}`;
  return `  ${hex(id)}  ${isoDay(day)}  ${kind}, ${role} at site ${site}${of}: ${text}`;
}

function plainOf({ id, content, signer }: UnsealedRecord): object {
  const { day, answers, ...rest } = content;
  const of = { ...rest, day: isoDay(day), answers: answers === null ? null : hex(answers) };
  return { id: hex(id), ...of, signer: hex(signer) };
}

/** Whose records they are, by the credential as it stands there: nothing opens that is not this card's. */
function ownerOf({ credential }: CardSession): HealthOwner {
  const sign1 = credential.form === 'bytes' ? decodeSign1(credential.bytes) : null;
  const claims = sign1?.ok === true ? decodeClaims(sign1.sign1.payload) : null;
  if (claims?.ok !== true || claims.claims.cardKey === undefined) throw new WaslError('ERR_CREDENTIAL_PAYLOAD');
  return { card: claims.claims.entitlements.card, cardKey: claims.claims.cardKey };
}

async function readKey(path: string): Promise<SealKey> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw fileError('ERR_SECRET', path, cause);
  });
  return sealKeyFromSecret(parseSecret(text, path));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

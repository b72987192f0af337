/** The health records of a smart card (`docs/formats/card.md`): a record file that the card appends to and counts, and a file with its wrapped key. */
import { CHALLENGE_BYTES, HEALTH_RECORDS_FILE } from '../../agent/credential/card-proof.js';
import { sameBytes } from '../../agent/credential/cbor.js';
import { SIGNATURE_BYTES } from '../../agent/credential/signature.js';
import type { CardProof } from '../../agent/domain/credential.js';
import { WaslError } from '../../agent/domain/errors.js';
import { HEALTH_RECORDS_MAX } from '../../agent/domain/health-record.js';
import type { HealthRecordStore } from '../medium.js';
import type { ApduCard } from '../reader.js';
import {
  type AppletLedger,
  appendRecordCommand,
  HEALTH_KEY_FILE,
  internalAuthenticateCommand,
  RECORD_BYTES_MAX,
  readBinaryCommand,
  readRecordCommand,
  STATUS,
  splitAnswer,
  updateBinaryCommand,
} from './type4-apdu.js';

const NOTHING = new Uint8Array(0);

/** See the head of this file. */
export class AppendedHealthRecords implements HealthRecordStore {
  readonly #card: ApduCard;
  /** A file without a record proves nothing: then this ledger stands in, which has had one since the card was made. */
  readonly #first: number;
  /** What the counter of the file must be now, if nobody else writes to it. */
  #counter: number;

  constructor(card: ApduCard, of: { readonly records: AppletLedger; readonly first: AppletLedger }) {
    this.#card = card;
    this.#first = of.first.file;
    this.#counter = of.records.counter;
  }

  async readRecords(): Promise<readonly Uint8Array[]> {
    const records: Uint8Array[] = [];
    while (records.length < HEALTH_RECORDS_MAX) {
      const record = await this.#readRecord(records.length + 1);
      if (record.length === 0) break;
      records.push(record);
    }
    return records;
  }

  async append(record: Uint8Array): Promise<void> {
    if (record.length > RECORD_BYTES_MAX) throw new WaslError('ERR_HEALTH_ROOM');
    if (sameBytes(await this.#readRecord(1), record)) return;
    await this.#expectOk(appendRecordCommand(HEALTH_RECORDS_FILE, record));
    this.#counter += 1;
  }

  async readKey(): Promise<Uint8Array> {
    const { data, status } = splitAnswer(await this.#card.transmit(readBinaryCommand(HEALTH_KEY_FILE, 0, 0)));
    if (status !== STATUS.ok) throw unexpected('READ BINARY', status);
    return Uint8Array.from(data);
  }

  /** One command: the applet changes a file in a transaction. */
  async writeKey(wrapped: Uint8Array): Promise<void> {
    if (wrapped.length > RECORD_BYTES_MAX) throw new WaslError('ERR_HEALTH_ROOM');
    await this.#expectOk(updateBinaryCommand(HEALTH_KEY_FILE, 0, wrapped));
  }

  async prove(challenge: Uint8Array): Promise<CardProof> {
    if (challenge.length !== CHALLENGE_BYTES) throw new WaslError('ERR_INTERNAL', 'a challenge has another length');
    const file = this.#counter === 0 ? this.#first : HEALTH_RECORDS_FILE;
    const { data, status } = splitAnswer(await this.#card.transmit(internalAuthenticateCommand(challenge, file)));
    if (status !== STATUS.ok || data.length !== 4 + SIGNATURE_BYTES) throw new WaslError('ERR_CARD_PROOF');
    const counter = new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(0);
    if (file === HEALTH_RECORDS_FILE && counter !== this.#counter)
      throw new WaslError('ERR_CARD_PROOF', 'the card counts otherwise than was written');
    return { counter, file, signature: data.slice(4) };
  }

  async #readRecord(number: number): Promise<Uint8Array> {
    const command = readRecordCommand(HEALTH_RECORDS_FILE, number);
    const { data, status } = splitAnswer(await this.#card.transmit(command));
    if (status === STATUS.noRecord) return NOTHING;
    if (status !== STATUS.ok) throw unexpected('READ RECORD', status);
    return Uint8Array.from(data);
  }

  async #expectOk(command: Uint8Array): Promise<void> {
    const { status } = splitAnswer(await this.#card.transmit(command));
    if (status !== STATUS.ok) throw new WaslError('ERR_CARD_WRITE', undefined, { details: { status } });
  }
}

function unexpected(what: string, status: number): WaslError {
  return new WaslError('ERR_CARD_IO', `the card answered ${what} with ${status.toString(16)}`, { details: { status } });
}

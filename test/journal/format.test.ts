/** A recovery tool written from `docs/formats/journal.md` alone: nothing of the journal's own code reads here. */
import { createDecipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { decode, encode } from 'cborg';
import { expect, it } from 'vitest';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { FOLDER, KEY, openOn, refusal, SMALL_LIMITS, TERMINAL, tapBegin, tapEnd } from './samples.js';

type Statement = [
  string,
  string,
  Uint8Array,
  Uint8Array,
  number,
  [string, number, Uint8Array] | null,
  number,
  Uint8Array,
];
type Content = [number, number, Uint8Array, unknown[][]];

function hkdf(salt: Uint8Array, label: string): Buffer {
  return Buffer.from(hkdfSync('sha256', KEY, salt, label, 32));
}

function open(key: Buffer, nonce: Buffer, additional: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAAD(additional);
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    bytes.writeUInt32BE(value, i * 4);
  });
  return bytes;
}

function sha256(...parts: unknown[]): Buffer {
  return createHash('sha256').update(encode(parts)).digest();
}

interface Segment {
  readonly key: Buffer;
  readonly number: number;
  readonly statement: Statement;
  readonly link: { readonly end: number; readonly frames: number; readonly tag: string };
}

function readHead(bytes: Buffer, number: number): Segment {
  const head = bytes.subarray(0, 512);
  expect(head.equals(bytes.subarray(512, 1024))).toBe(true);
  expect(head.subarray(0, 8).toString('latin1')).toBe('WASLSEG\n');
  expect(head.readUInt16BE(8)).toBe(1);
  expect(head.readUInt32BE(12)).toBe(number);
  expect(head.readUInt32BE(508)).toBe(crc32(head.subarray(0, 508)));
  const salt = head.subarray(16, 32);
  const check = createHmac('sha256', hkdf(salt, 'wasl/journal/head/1')).update(head.subarray(0, 56)).digest();
  expect(head.subarray(56, 72).equals(check.subarray(0, 16))).toBe(true);
  const key = hkdf(salt, 'wasl/journal/segment/1');
  const sealed = head.subarray(72, 72 + head.readUInt16BE(10));
  const statement = decode(open(key, u32(0, 0, 0xffff_ffff), head.subarray(0, 72), sealed)) as Statement;
  const link = {
    end: head.readUInt32BE(32),
    frames: head.readUInt32BE(36),
    tag: head.subarray(40, 56).toString('hex'),
  };
  return { key, number, statement, link };
}

function readFrames(bytes: Buffer, segment: Segment): { contents: Content[]; end: number; tag: string } {
  const contents: Content[] = [];
  let offset = 1024;
  while (offset + 8 < bytes.length && bytes.readUInt32BE(offset) !== 0) {
    const rest = bytes.subarray(offset + 8, offset + 8 + bytes.readUInt32BE(offset));
    expect(bytes.readUInt32BE(offset + 4)).toBe(crc32(Buffer.concat([bytes.subarray(offset, offset + 4), rest])));
    const index = rest.readUInt32BE(0);
    expect(index).toBe(contents.length);
    const additional = u32(segment.number, index, rest.readUInt32BE(4));
    contents.push(decode(open(segment.key, u32(0, 0, index), additional, rest.subarray(8))) as Content);
    offset += 8 + rest.length;
  }
  return { contents, end: offset, tag: bytes.subarray(offset - 16, offset).toString('hex') };
}

it('the published format is enough to read every event and to check the chain', async () => {
  const disk = new MemoryDisk();
  const journal = await openOn(disk, { limits: SMALL_LIMITS });
  await journal.append(tapBegin(1));
  await journal.append(tapEnd(1));
  for (let minutes = 0; minutes < 100; minutes += 1) await journal.append([refusal(minutes), refusal(minutes + 1)]);
  await journal.beginEpoch('provisioned');
  await journal.append([refusal(500)]);
  const expected = journal.epochs();
  await journal.close();

  const events = new Map<string, { seq: number; head: Buffer }>();
  let before: { end: number; frames: number; tag: string } | null = null;
  let kinds = new Set<unknown>();
  const paths = disk.files().filter((path) => path.endsWith('.seg'));
  expect(paths.length).toBeGreaterThan(2);
  for (const [i, path] of paths.entries()) {
    expect(path).toBe(`${FOLDER}/${String(i + 1).padStart(8, '0')}.seg`);
    const bytes = Buffer.from(disk.peek(path));
    const segment = readHead(bytes, i + 1);
    const [terminal, epoch, base, saltKey, , previous, seq, head] = segment.statement;
    expect(terminal).toBe(TERMINAL);
    expect(sha256('wasl/epoch/1', terminal, epoch, previous).equals(base)).toBe(true);
    if (before === null) expect(segment.link).toEqual({ end: 0, frames: 0, tag: '00'.repeat(16) });
    else expect(segment.link).toEqual(before);
    let at = events.get(epoch) ?? { seq: 0, head: Buffer.from(base) };
    expect([seq, Buffer.from(head).toString('hex')]).toEqual([at.seq, at.head.toString('hex')]);
    const frames = readFrames(bytes, segment);
    before = { end: frames.end, frames: frames.contents.length, tag: frames.tag };
    for (const [version, , headBefore, entries] of frames.contents) {
      expect(version).toBe(1);
      kinds = new Set([...kinds, ...entries.map(([kind]) => kind)]);
      const bodies = entries.filter(([kind]) => kind === 1) as [number, number, Uint8Array][];
      expect(Buffer.from(headBefore).toString('hex')).toBe(bodies.length === 0 ? '' : at.head.toString('hex'));
      for (const [, place, body] of bodies) {
        expect(place).toBe(at.seq + 1);
        const salt = createHmac('sha256', saltKey)
          .update(encode(['wasl/salt/1', place]))
          .digest()
          .subarray(0, 16);
        at = { seq: place, head: sha256('wasl/chain/1', at.head, place, sha256('wasl/body/1', salt, body)) };
      }
    }
    events.set(epoch, at);
  }
  expect([...kinds].sort()).toEqual([1, 2, 3]);
  expect([...events].map(([epoch, { seq, head }]) => [epoch, seq, head.toString('hex')])).toEqual(
    expected.map(({ name, lastSeq, head }) => [name, lastSeq, Buffer.from(head).toString('hex')]),
  );
});

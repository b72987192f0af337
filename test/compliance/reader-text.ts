/** Statements about readers that present lines of text. */
import { expect } from 'vitest';
import { TEXT_CHARS_MAX } from '../../drivers/reader.js';
import { blankCard, type Running, type Statement } from './reader-bench.js';

const utf8 = new TextEncoder();

async function expectText(bench: Running, text: string): Promise<void> {
  const { card } = await bench.seen.expect('presented');
  expect(card).toEqual({ kind: 'text', text });
}

async function expectLineError(bench: Running): Promise<void> {
  const { code, message } = await bench.seen.expect('error');
  expect(code).toBe('ERR_READER_LINE');
  expect(message).not.toBe('');
}

/** Text of exactly `chars` characters in which no two places look alike. */
function longText(chars: number): string {
  let text = '';
  for (let index = 0; text.length < chars; index += 1) text += `${index.toString(36)}:`;
  return text.slice(0, chars);
}

/** Needs `text`. */
export function textStatements(statement: Statement): void {
  statement('presents a line exactly as it was sent, spaces and Arabic included', async (bench) => {
    await bench.ready();
    for (const text of ['NCFOXN%TS3DH', '  two spaces around  ', 'وصل ١٢٣ é', '\uFEFFbyte order mark', '\ttab']) {
      await bench.rig.presentText(text);
      await expectText(bench, text);
    }
  });

  statement('presents the same line again when it is scanned again', async (bench) => {
    await bench.ready();
    await bench.rig.presentText('twice');
    await expectText(bench, 'twice');
    await bench.rig.presentText('twice');
    await expectText(bench, 'twice');
  });

  statement('takes two lines out of one chunk', async (bench) => {
    await bench.ready();
    await bench.rig.sendBytes(utf8.encode('first\nsecond\n'));
    await expectText(bench, 'first');
    await expectText(bench, 'second');
  });

  statement('waits for the end of a line that comes in pieces, also within a character', async (bench) => {
    await bench.ready();
    const bytes = utf8.encode('وصل');
    await bench.rig.sendBytes(bytes.subarray(0, 1));
    await bench.rig.sendBytes(bytes.subarray(1, 4));
    await bench.rig.sendBytes(bytes.subarray(4));
    expect(bench.seen.events.filter(({ type }) => type === 'presented')).toEqual([]);
    await bench.rig.sendBytes(utf8.encode('\n'));
    await expectText(bench, 'وصل');
  });

  statement('ends a line at LF, CR or CRLF, and ignores empty lines', async (bench) => {
    await bench.ready();
    await bench.rig.sendBytes(utf8.encode('lf\ncr\rcrlf\r\n\r\n\n\r\rlast\r'));
    await bench.rig.sendBytes(utf8.encode('\nsplit\r\n'));
    for (const text of ['lf', 'cr', 'crlf', 'last', 'split']) await expectText(bench, text);
  });

  statement('takes a QR code of 3,000 characters', async (bench) => {
    await bench.ready();
    await bench.rig.presentText(longText(3000));
    await expectText(bench, longText(3000));
  });

  statement(`takes a line of ${TEXT_CHARS_MAX} characters, also where each takes three bytes`, async (bench) => {
    await bench.ready();
    await bench.rig.presentText(longText(TEXT_CHARS_MAX));
    await expectText(bench, longText(TEXT_CHARS_MAX));
    await bench.rig.presentText('€'.repeat(TEXT_CHARS_MAX));
    await expectText(bench, '€'.repeat(TEXT_CHARS_MAX));
  });

  statement('reports a line one character too long once, drops it, and presents the next', async (bench) => {
    await bench.ready();
    await bench.rig.presentText(longText(TEXT_CHARS_MAX + 1));
    await bench.rig.presentText('after');
    await expectLineError(bench);
    await expectText(bench, 'after');
  });

  statement(
    'reports a line that goes on and on once, without waiting for its end, and presents the next',
    async (bench) => {
      await bench.ready();
      for (let part = 0; part < 20; part += 1) await bench.rig.sendBytes(utf8.encode(longText(4000)));
      await expectLineError(bench);
      await bench.rig.sendBytes(utf8.encode('its end\n'));
      await bench.rig.presentText('after');
      await expectText(bench, 'after');
    },
  );

  statement('reports a line that is not UTF-8, drops it, and presents the next', async (bench) => {
    await bench.ready();
    for (const bad of [[0xff], [0xc3, 0x28], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      await bench.rig.sendBytes(Uint8Array.of(0x41, ...bad, 0x0a));
      await expectLineError(bench);
    }
    await bench.rig.presentText('after');
    await expectText(bench, 'after');
  });
}

/** Needs `text` without `readBlocks`. */
export function textOnlyStatements(statement: Statement): void {
  statement('never presents a card with memory, nor a removal', async (bench) => {
    await bench.ready();
    await bench.rig.present(blankCard('ntag216', 40));
    await bench.rig.remove();
    await bench.marker(bench.seen);
    expect(bench.seen.events.map(({ type }) => type)).toEqual(['ready', 'presented']);
  });
}

/** Statements about readers that present cards with memory. */
import { expect } from 'vitest';
import type { PageCard } from '../../drivers/reader.js';
import type { SimulatedNtag21x } from '../../simulators/cards/ntag21x.js';
import { tornKeepsOld, tornTakesNew } from '../../simulators/cards/ntag21x-faults.js';
import { NTAG_MAPS, type NtagKind, PAGE_BYTES } from '../../simulators/cards/ntag21x-map.js';
import { blankCard, type Statement } from './reader-bench.js';

/** A card whose every user page holds other bytes, so that a shifted read shows. */
function filledCard(kind: NtagKind, serial: number): SimulatedNtag21x {
  const card = blankCard(kind, serial);
  const image = card.dump();
  const { userFirst, userLast } = NTAG_MAPS[kind];
  for (let page = userFirst; page <= userLast; page += 1) {
    image.set([page, 0xff - page, page ^ 0x5a, serial], page * PAGE_BYTES);
  }
  card.restoreUserPages(image);
  return card;
}

function slice(card: SimulatedNtag21x, first: number, count: number): Uint8Array {
  return card.dump().slice(first * PAGE_BYTES, (first + count) * PAGE_BYTES);
}

async function expectReads(
  presented: PageCard,
  card: SimulatedNtag21x,
  [first, count]: readonly [number, number],
): Promise<void> {
  const bytes = await presented.readPages(first, count);
  expect(Buffer.from(bytes).toString('hex'), `pages ${first} to ${first + count - 1}`).toBe(
    Buffer.from(slice(card, first, count)).toString('hex'),
  );
}

async function codeOfRejection(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    () => 'resolved',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  );
}

/** Needs `readBlocks`. */
export function pageStatements(statement: Statement): void {
  statement('presents a card with its UID', async (bench) => {
    await bench.ready();
    const card = blankCard('ntag216', 7);
    const presented = await bench.lay(card);
    expect(Array.from(presented.uid)).toEqual(Array.from(card.uid));
  });

  statement('presents a card that already lay there when it was started', async (bench) => {
    const card = blankCard('ntag215', 8);
    await bench.rig.present(card);
    await bench.ready();
    const event = await bench.seen.expect('presented');
    expect(event.card.kind === 'pages' && Array.from(event.card.uid)).toEqual(Array.from(card.uid));
  });

  for (const kind of ['ntag215', 'ntag216'] as const) {
    statement(`reads exactly the pages asked for, from anywhere on an ${kind}`, async (bench) => {
      await bench.ready();
      const card = filledCard(kind, 9);
      const presented = await bench.lay(card);
      const { userLast } = NTAG_MAPS[kind];
      const ranges: ReadonlyArray<readonly [number, number]> = [
        [0, 1],
        [0, 4],
        [3, 1],
        [userLast, 1],
        [4, 1],
        [4, 4],
        [5, 4],
        [6, 3],
        [7, 5],
        [userLast - 4, 5],
        [17, 16],
        [0, userLast + 1],
      ];
      for (const range of ranges) await expectReads(presented, card, range);
    });
  }

  statement('reads the very last page, and never shows the password', async (bench) => {
    await bench.ready();
    const card = blankCard('ntag216', 10);
    const presented = await bench.lay(card);
    const { pwd, pages } = NTAG_MAPS.ntag216;
    expect(Array.from(card.readPage(pwd))).toEqual([0xff, 0xff, 0xff, 0xff]);
    expect(Array.from(await presented.readPages(pwd, pages - pwd))).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  statement(
    'passes a command of the card through, or says that it cannot, and reads on after a refusal',
    async (bench) => {
      await bench.ready();
      const card = filledCard('ntag216', 16);
      const presented = await bench.lay(card);
      const version = await presented.passThrough?.(Uint8Array.of(0x60));
      if (version !== undefined && version !== null) expect(Array.from(version)).toEqual([0, 4, 4, 2, 1, 0, 0x13, 3]);
      expect((await presented.passThrough?.(Uint8Array.of(0x99))) ?? null).toBeNull();
      await expectReads(presented, card, [4, 40]);
    },
  );

  statement('refuses a page beyond the end with ERR_CARD_IO, and can still read the card', async (bench) => {
    await bench.ready();
    const card = filledCard('ntag215', 11);
    const presented = await bench.lay(card);
    expect(await codeOfRejection(presented.readPages(NTAG_MAPS.ntag215.pages, 1))).toBe('ERR_CARD_IO');
    expect(await codeOfRejection(presented.readPages(200, 4))).toBe('ERR_CARD_IO');
    await expectReads(presented, card, [4, 20]);
  });

  statement('refuses page numbers and counts that no card has with ERR_CARD_IO', async (bench) => {
    await bench.ready();
    const card = filledCard('ntag216', 12);
    const presented = await bench.lay(card);
    for (const [first, count] of [
      [-1, 1],
      [4, 0],
      [4, -1],
      [4.5, 1],
      [4, 1.5],
      [256, 1],
      [250, 10],
      [Number.NaN, 1],
    ] as const) {
      expect(await codeOfRejection(presented.readPages(first, count)), `${first}, ${count}`).toBe('ERR_CARD_IO');
    }
    await expectReads(presented, card, [4, 4]);
  });

  statement('rejects with ERR_CARD_LOST once the card was taken away', async (bench) => {
    await bench.ready();
    const presented = await bench.lay(blankCard('ntag216', 13));
    await bench.rig.remove();
    if (bench.capabilities.removal) await bench.seen.expect('removed');
    expect(await codeOfRejection(presented.readPages(4, 4))).toBe('ERR_CARD_LOST');
    if (bench.capabilities.writeBlocks) {
      expect(await codeOfRejection(presented.writePage(4, Uint8Array.of(1, 2, 3, 4)))).toBe('ERR_CARD_LOST');
    }
  });

  statement(
    'gives a new card for each presentation; the old one stays dead, even for the same piece of plastic',
    async (bench) => {
      await bench.ready();
      const card = filledCard('ntag216', 14);
      const first = await bench.lay(card);
      await bench.rig.remove();
      if (bench.capabilities.removal) await bench.seen.expect('removed');
      const second = await bench.lay(card);
      expect(second).not.toBe(first);
      expect(await codeOfRejection(first.readPages(4, 1))).toBe('ERR_CARD_LOST');
      await expectReads(second, card, [4, 8]);
    },
  );

  statement('loses the card with ERR_CARD_LOST when its own cable is pulled', async (bench) => {
    await bench.ready();
    const presented = await bench.lay(blankCard('ntag216', 15));
    await bench.rig.unplug();
    await bench.seen.until('unavailable');
    expect(await codeOfRejection(presented.readPages(4, 1))).toBe('ERR_CARD_LOST');
  });
}

/** Needs `readBlocks` and `writeBlocks`. */
export function writeStatements(statement: Statement): void {
  statement('writes one page: the card holds it, and nothing else has changed', async (bench) => {
    await bench.ready();
    const card = filledCard('ntag216', 20);
    const expected = card.dump();
    const presented = await bench.lay(card);
    await presented.writePage(9, Uint8Array.of(0xde, 0xad, 0xbe, 0xef));
    expected.set([0xde, 0xad, 0xbe, 0xef], 9 * PAGE_BYTES);
    expect(Array.from(card.dump())).toEqual(Array.from(expected));
  });

  statement('writes the first and the last user page, and reads back what the card holds', async (bench) => {
    await bench.ready();
    const card = blankCard('ntag215', 21);
    const presented = await bench.lay(card);
    const { userFirst, userLast } = NTAG_MAPS.ntag215;
    for (const page of [userFirst, userLast]) {
      await presented.writePage(page, Uint8Array.of(page, 1, 2, 3));
      expect(Array.from(card.readPage(page))).toEqual([page, 1, 2, 3]);
      await expectReads(presented, card, [page, 1]);
    }
  });

  statement('writes pages one by one in the order they were awaited', async (bench) => {
    await bench.ready();
    const card = blankCard('ntag216', 22);
    const presented = await bench.lay(card);
    const pages = [40, 41, 42, 39, 100, 40];
    for (const [index, page] of pages.entries()) await presented.writePage(page, Uint8Array.of(index, page, 0, 0));
    expect(card.transcript.map(({ page }) => page)).toEqual(pages);
    expect(Array.from(card.readPage(40))).toEqual([5, 40, 0, 0]);
  });

  statement('copies the bytes it is given when it is given them', async (bench) => {
    await bench.ready();
    const card = blankCard('ntag216', 23);
    const presented = await bench.lay(card);
    const bytes = Uint8Array.of(1, 2, 3, 4);
    const writing = presented.writePage(10, bytes);
    bytes.fill(0xff);
    await writing;
    expect(Array.from(card.readPage(10))).toEqual([1, 2, 3, 4]);
  });

  statement('refuses anything but 4 bytes with ERR_CARD_IO and leaves the card alone', async (bench) => {
    await bench.ready();
    const card = filledCard('ntag216', 24);
    const before = card.dump();
    const presented = await bench.lay(card);
    for (const length of [0, 3, 5, 16]) {
      expect(await codeOfRejection(presented.writePage(9, new Uint8Array(length))), `${length} bytes`).toBe(
        'ERR_CARD_IO',
      );
    }
    expect(Array.from(card.dump())).toEqual(Array.from(before));
    expect(card.transcript).toEqual([]);
  });

  statement('says ERR_CARD_IO when the card refuses a page: read-only, locked, beyond the end', async (bench) => {
    await bench.ready();
    const card = filledCard('ntag216', 25);
    const presented = await bench.lay(card);
    await presented.writePage(2, Uint8Array.of(0, 0, 0x10, 0));
    const before = card.dump();
    for (const page of [0, 4, NTAG_MAPS.ntag216.pages, 256, -1, 9.5]) {
      expect(await codeOfRejection(presented.writePage(page, Uint8Array.of(1, 1, 1, 1))), `page ${page}`).toBe(
        'ERR_CARD_IO',
      );
    }
    expect(Array.from(card.dump())).toEqual(Array.from(before));
    await presented.writePage(9, Uint8Array.of(7, 7, 7, 7));
    expect(Array.from(card.readPage(9))).toEqual([7, 7, 7, 7]);
  });

  for (const [what, bits] of [
    ['before', tornKeepsOld],
    ['after', tornTakesNew],
  ] as const) {
    statement(`never reports success for a write that lost power ${what} the memory took it`, async (bench) => {
      await bench.ready();
      const card = filledCard('ntag216', 26);
      const presented = await bench.lay(card);
      card.tearAt(1, { bits });
      await presented.writePage(30, Uint8Array.of(1, 1, 1, 1));
      const code = await codeOfRejection(presented.writePage(31, Uint8Array.of(2, 2, 2, 2)));
      expect(['ERR_CARD_LOST', 'ERR_CARD_IO', 'ERR_CARD_TIMEOUT']).toContain(code);
      expect(card.transcript.map(({ page, outcome }) => [page, outcome])).toEqual([
        [30, 'written'],
        [31, 'torn'],
      ]);
      await bench.rig.remove();
      if (bench.capabilities.removal) await bench.seen.until('removed');
      const again = await bench.lay(card);
      await expectReads(again, card, [28, 8]);
    });
  }
}

/** Needs `readBlocks` without `writeBlocks`. */
export function readOnlyStatements(statement: Statement): void {
  statement(
    'refuses to write with ERR_READER_UNSUPPORTED and leaves the card as it was, byte by byte',
    async (bench) => {
      await bench.ready();
      const card = filledCard('ntag216', 30);
      const before = card.dump();
      const presented = await bench.lay(card);
      for (const page of [4, 9, 225]) {
        expect(await codeOfRejection(presented.writePage(page, Uint8Array.of(1, 2, 3, 4)))).toBe(
          'ERR_READER_UNSUPPORTED',
        );
      }
      expect(Array.from(card.dump())).toEqual(Array.from(before));
      expect(card.transcript).toEqual([]);
      await expectReads(presented, card, [4, 8]);
    },
  );
}

/** Whole memories of tags: what a reader finds in them before anything is verified. */

import { cardContent } from '../../../agent/credential/personalise.js';
import type { ErrorCode } from '../../../agent/domain/error-codes.js';
import { NTAG_LAYOUTS, ntagLayout, personaliseNtag21x } from '../../../drivers/media/ntag21x.js';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import type { NtagKind } from '../../../simulators/cards/ntag21x-map.js';
import { SimulatedPageCard } from '../../../simulators/readers/simulated-card.js';
import { claimsOf, issuer } from './credential-tools.js';
import { concat, hex, TODAY, UID } from './support.js';

/** One vector: all pages of a tag, four to a line. */
export interface MemoryVector {
  readonly name: string;
  readonly shows: string;
  readonly kind: NtagKind;
  readonly uid: Uint8Array;
  /** From page 0 on, 16 bytes to a line in hex. */
  readonly memory: readonly string[];
  readonly expected:
    | {
        readonly ok: true;
        readonly layout: number;
        readonly credential: Uint8Array;
        readonly slots: readonly Uint8Array[];
      }
    | { readonly ok: false; readonly code: ErrorCode };
}

const PAGES_TO_A_LINE = 4;
const PAGE_BYTES = 4;
const USER_MEMORY = 16;

function lines(dump: Uint8Array): string[] {
  const text = hex(dump);
  const width = 2 * PAGES_TO_A_LINE * PAGE_BYTES;
  return Array.from({ length: Math.ceil(text.length / width) }, (_, i) => text.slice(i * width, (i + 1) * width));
}

/** The pages of a tag that was personalised by the code that terminals use. */
async function personalised(
  kind: NtagKind,
): Promise<{ dump: Uint8Array; credential: Uint8Array; slots: readonly Uint8Array[] }> {
  const layout = ntagLayout(kind);
  const claims = claimsOf(CHANGES[kind]);
  const content = cardContent(claims, issuer, { day: TODAY, slotBytes: layout.slotPages * PAGE_BYTES });
  const card = SimulatedNtag21x.blank(kind, UID);
  card.powerCycle();
  await personaliseNtag21x(new SimulatedPageCard(card, { canWrite: true, delay: null }), layout, content);
  return { dump: card.dump(), credential: content.credential, slots: layout.slotPages === 0 ? [] : content.slots };
}

const REDUCED = {
  notBefore: null,
  identity: { secondName: null },
  entitlements: { coverage: null, layout: 2 },
} as const;

/** All that a minimal credential says: who issued it, until when, and the serial of the card with this UID. */
const MINIMAL = {
  notBefore: null,
  identity: { id: '100017', language: 'und', fullName: '', dateOfBirth: null, gender: null, secondName: null },
  entitlements: {
    card: 100_017,
    household: 0,
    householdSize: 1,
    draws: 1,
    homeSite: 0,
    coverage: null,
    rationScheme: null,
    layout: 3,
  },
} as const;

const CHANGES = { ntag216: {}, ntag215: REDUCED, ntag213: MINIMAL } as const;

/** All of them. */
export async function memories(): Promise<MemoryVector[]> {
  const vectors: MemoryVector[] = [];
  for (const { kind, layout } of NTAG_LAYOUTS) {
    const { dump, credential, slots } = await personalised(kind);
    vectors.push({
      name: kind,
      shows: 'A card as the desk hands it out: the credential, and a first record of the issuer in both slots.',
      kind,
      uid: UID,
      memory: lines(dump),
      expected: { ok: true, layout, credential, slots },
    });
  }
  const { dump, credential, slots } = await personalised('ntag216');
  const user = (start: readonly number[] | Uint8Array): Uint8Array =>
    concat(dump.subarray(0, USER_MEMORY), start, dump.subarray(USER_MEMORY + start.length));
  const message = dump.subarray(USER_MEMORY, USER_MEMORY + 340);
  vectors.push({
    name: 'lock-control',
    shows: 'A lock control TLV before the NDEF TLV, as some phones write it.',
    kind: 'ntag216',
    uid: UID,
    memory: lines(user(concat([0x01, 0x03, 0xa0, 0x0c, 0x34], message))),
    expected: { ok: true, layout: 1, credential, slots },
  });
  const refused: [string, string, ErrorCode, Uint8Array][] = [
    ['blank', 'As delivered: an empty NDEF message.', 'ERR_CARD_EMPTY', SimulatedNtag21x.blank('ntag216', UID).dump()],
    [
      'cut',
      'Personalisation was cut before its last page, the one that says how long the message is.',
      'ERR_CARD_EMPTY',
      user([0x03, 0x00, 0xfe, 0x00]),
    ],
    ['wiped', 'A user memory of zeros.', 'ERR_CARD_EMPTY', user(new Uint8Array(888))],
    [
      'web-address',
      'A tag that somebody uses for a web address.',
      'ERR_CARD_LAYOUT',
      user([0x03, 0x0c, 0xd1, 0x01, 0x08, 0x55, 0x04, ...Buffer.from('a.test/'), 0xfe]),
    ],
    ['too-long', 'A message that would reach into the slots.', 'ERR_CARD_LAYOUT', user([0x03, 0xff, 0x02, 0x00])],
    [
      'no-container',
      'No capability container.',
      'ERR_CARD_UNSUPPORTED',
      concat(dump.subarray(0, 12), [0, 0, 0, 1], dump.subarray(16)),
    ],
    [
      'ultralight',
      'The capability container of a tag with 48 bytes.',
      'ERR_CARD_UNSUPPORTED',
      concat(dump.subarray(0, 12), [0xe1, 0x10, 0x06, 0x00], dump.subarray(16)),
    ],
  ];
  return [
    ...vectors,
    ...refused.map(
      ([name, shows, code, memory]): MemoryVector => ({
        name,
        shows,
        kind: 'ntag216',
        uid: UID,
        memory: lines(memory),
        expected: { ok: false, code },
      }),
    ),
  ];
}

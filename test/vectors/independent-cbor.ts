/**
 * A second CBOR reader and writer, made from RFC 8949 alone and sharing nothing with the product: what it reads in the vectors,
 * another implementation will read in them.
 */

/** A tagged item. */
export interface Tagged {
  readonly tag: number;
  readonly item: Item;
}

/** One data item. */
export type Item = number | string | boolean | null | Uint8Array | readonly Item[] | ReadonlyMap<Item, Item> | Tagged;

/** Reads the one item that `bytes` are. Throws for anything left over, cut short, indefinite or longer than it needs to be. */
export function readCbor(bytes: Uint8Array): Item {
  let at = 0;
  const take = (count: number): Uint8Array => {
    if (at + count > bytes.length) throw new Error('cut short');
    at += count;
    return bytes.slice(at - count, at);
  };
  const argument = (info: number): number => {
    if (info < 24) return info;
    if (info > 27) throw new Error('indefinite or reserved length');
    const width = 2 ** (info - 24);
    const value = take(width).reduce((sum, byte) => sum * 256 + byte, 0);
    // The least value that needs this many bytes.
    const least = width === 1 ? 24 : 256 ** (width / 2);
    if (value < least || value > Number.MAX_SAFE_INTEGER) throw new Error('longer than it needs to be, or too large');
    return value;
  };
  const item = (): Item => {
    const first = take(1)[0] ?? 0;
    const [major, info] = [first >> 5, first & 31];
    if (major === 7) return simple(info, take);
    const n = argument(info);
    if (major === 0) return n;
    if (major === 1) return -1 - n;
    if (major === 2) return take(n);
    if (major === 3) return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(take(n));
    if (major === 4) return Array.from({ length: n }, item);
    if (major === 6) return { tag: n, item: item() };
    const map = new Map<Item, Item>();
    for (let i = 0; i < n; i += 1) {
      const key = item();
      if (map.has(key)) throw new Error('a key twice');
      map.set(key, item());
    }
    return map;
  };
  const whole = item();
  if (at !== bytes.length) throw new Error('bytes left over');
  return whole;
}

function simple(info: number, take: (count: number) => Uint8Array): Item {
  if (info === 20 || info === 21) return info === 21;
  if (info === 22) return null;
  if (info === 25) {
    const [high = 0, low = 0] = take(2);
    const [exponent, fraction] = [(high >> 2) & 31, ((high & 3) << 8) | low];
    const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
    return high & 0x80 ? -size : size;
  }
  if (info === 26) return new DataView(take(4).buffer).getFloat32(0);
  if (info === 27) return new DataView(take(8).buffer).getFloat64(0);
  throw new Error('a simple value that nobody writes');
}

/** Writes an item in the deterministic form; maps are not needed for what is hashed and signed. */
export function writeCbor(value: number | string | null | Uint8Array | readonly unknown[]): Uint8Array {
  if (value === null) return Uint8Array.of(0xf6);
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') {
    const text = new TextEncoder().encode(value);
    return Buffer.concat([head(3, text.length), text]);
  }
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([
    head(4, value.length),
    ...value.map((one) => writeCbor(one as Parameters<typeof writeCbor>[0])),
  ]);
}

function head(major: number, n: number): Uint8Array {
  const start = major << 5;
  if (n < 24) return Uint8Array.of(start | n);
  const bytes = Buffer.alloc(9);
  bytes.writeBigUInt64BE(BigInt(n), 1);
  const width = n < 0x100 ? 1 : n < 0x1_0000 ? 2 : n < 0x1_0000_0000 ? 4 : 8;
  bytes[8 - width] = start | (24 + Math.log2(width));
  return Uint8Array.from(bytes.subarray(8 - width));
}

/** A flat array of numbers as rows, each with its members named. */
export function rowsIn(item: Item | undefined, names: readonly string[]): Record<string, Item | undefined>[] {
  const flat: readonly Item[] = Array.isArray(item) ? item : [];
  return Array.from({ length: flat.length / names.length }, (_, row) =>
    Object.fromEntries(names.map((name, i) => [name, flat[row * names.length + i]])),
  );
}

/** Members of a paper, on the ledger and in events. */
export const PAPER_MEMBERS = ['kind', 'number', 'commodity', 'left', 'untilDay', 'site'];

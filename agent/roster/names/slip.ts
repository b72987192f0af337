/** One slip of the hand: a letter left out, put in, taken for another, or two neighbours swapped. Pure. */

/** True when `a` and `b` differ by exactly one slip (optimal string alignment distance 1). */
export function isOneSlip(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  const difference = long.length - short.length;
  if (difference > 1) return false;
  let at = 0;
  while (at < short.length && short.charCodeAt(at) === long.charCodeAt(at)) at += 1;
  if (difference === 1) return sameFrom(short, at, { other: long, from: at + 1 });
  if (at === short.length) return false;
  if (sameFrom(short, at + 1, { other: long, from: at + 1 })) return true;
  const swapped = short.charCodeAt(at) === long.charCodeAt(at + 1) && short.charCodeAt(at + 1) === long.charCodeAt(at);
  return swapped && sameFrom(short, at + 2, { other: long, from: at + 2 });
}

function sameFrom(
  text: string,
  at: number,
  { other, from }: { readonly other: string; readonly from: number },
): boolean {
  if (text.length - at !== other.length - from) return false;
  for (let i = 0; at + i < text.length; i += 1)
    if (text.charCodeAt(at + i) !== other.charCodeAt(from + i)) return false;
  return true;
}

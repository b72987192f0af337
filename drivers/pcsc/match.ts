/** Which of several readers on a machine a driver is for. Pure. */

/** Which of the attached readers is ours. Without a match: the first seen that is not a SAM slot, until it is unplugged. */
export type ReaderMatch = { readonly name: string } | { readonly prefix: string };

/** Whether the reader with this name is meant. */
export function matches(name: string, match: ReaderMatch | undefined): boolean {
  if (match === undefined) return !/\bSAM\b/.test(name);
  return 'name' in match ? name === match.name : name.startsWith(match.prefix);
}

/** The match in a word, as readers are called in messages: `*` at the end stands for any rest. */
export function describeMatch(match: ReaderMatch | undefined): string {
  if (match === undefined) return '*';
  return 'name' in match ? match.name : `${match.prefix}*`;
}

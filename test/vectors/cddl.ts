/** Compares data with a specification in CDDL (RFC 8610), see `cddl-parser.ts` for how much of it is understood. */
import type { CddlEntry, CddlGroup, CddlRules, CddlType } from './cddl-parser.js';
import { type Item, readCbor, type Tagged } from './independent-cbor.js';

/** The prelude (RFC 8610, appendix D), as far as it is used. */
const PRELUDE: Readonly<Record<string, (item: Item) => boolean>> = {
  any: () => true,
  int: (item) => Number.isInteger(item),
  uint: (item) => Number.isInteger(item) && Number(item) >= 0,
  float: (item) => typeof item === 'number' && !Number.isInteger(item),
  bstr: (item) => item instanceof Uint8Array,
  tstr: (item) => typeof item === 'string',
  bool: (item) => typeof item === 'boolean',
  nil: (item) => item === null,
};

/** True when `item` is what the rule `name` describes. Objects of JSON are given as they are parsed. */
export function matchesRule(rules: CddlRules, name: string, item: unknown): boolean {
  return matches(rules, { kind: 'name', name }, itemOf(item));
}

/** Names that rules use and nobody defines, and rules that nothing leads to from the first one. */
export function looseEnds(rules: CddlRules): { undefinedNames: string[]; unusedRules: string[] } {
  const seen = new Set<string>();
  const undefinedNames = new Set<string>();
  const visit = (type: CddlType): void => {
    if (type.kind === 'name') visitName(type.name);
    if (type.kind === 'choice') for (const one of type.of) visit(one);
    if (type.kind === 'control') visit(type.argument);
    if (type.kind === 'control' || type.kind === 'tag') visit(type.of);
    if (type.kind === 'map' || type.kind === 'array') visitGroup(type.group);
  };
  const visitGroup = (group: CddlGroup): void => {
    for (const entry of group) {
      if (entry.key !== null) visit(entry.key);
      if ('type' in entry.of) visit(entry.of.type);
      else visitGroup(entry.of.group);
    }
  };
  const visitName = (name: string): void => {
    if (seen.has(name) || name in PRELUDE) return;
    seen.add(name);
    const type = rules.types.get(name);
    const group = rules.groups.get(name);
    if (type !== undefined) visit(type);
    else if (group !== undefined) visitGroup(group);
    else undefinedNames.add(name);
  };
  visitName(rules.first);
  const all = [...rules.types.keys(), ...rules.groups.keys()];
  return { undefinedNames: [...undefinedNames], unusedRules: all.filter((name) => !seen.has(name)) };
}

function itemOf(value: unknown): Item {
  if (Array.isArray(value)) return value.map(itemOf);
  const isObject = typeof value === 'object' && value !== null;
  if (!isObject || value instanceof Uint8Array || value instanceof Map || 'tag' in value) return value as Item;
  return new Map(Object.entries(value).map(([name, member]) => [name, itemOf(member)]));
}

function matches(rules: CddlRules, type: CddlType, item: Item): boolean {
  switch (type.kind) {
    case 'choice':
      return type.of.some((one) => matches(rules, one, item));
    case 'range':
      return Number.isInteger(item) && Number(item) >= type.from && Number(item) <= type.to;
    case 'value':
      return sameValue(type.value, item);
    case 'tag':
      return isTagged(item) && item.tag === type.tag && matches(rules, type.of, item.item);
    case 'control':
      return matches(rules, type.of, item) && controlHolds(rules, type, item);
    case 'array':
      return Array.isArray(item) && matchesElements(rules, type.group, item);
    case 'map':
      return item instanceof Map && matchesMembers(rules, type.group, item);
    case 'name': {
      const rule = rules.types.get(type.name);
      if (rule !== undefined) return matches(rules, rule, item);
      const known = PRELUDE[type.name];
      if (known === undefined) throw new Error(`nothing is called ${type.name}`);
      return known(item);
    }
  }
}

function sameValue(value: number | string | Uint8Array, item: Item): boolean {
  return value instanceof Uint8Array ? item instanceof Uint8Array && Buffer.from(value).equals(item) : value === item;
}

function isTagged(item: Item): item is Tagged {
  return typeof item === 'object' && item !== null && 'tag' in item;
}

function controlHolds(rules: CddlRules, type: CddlType & { kind: 'control' }, item: Item): boolean {
  switch (type.control) {
    case '.size':
      return matches(
        rules,
        type.argument,
        typeof item === 'string' ? Buffer.byteLength(item) : (item as Uint8Array).length,
      );
    case '.cbor': {
      let inner: Item;
      try {
        inner = readCbor(item as Uint8Array);
      } catch {
        return false;
      }
      return matches(rules, type.argument, inner);
    }
    case '.regexp':
      if (type.argument.kind !== 'value') throw new Error('a regular expression is a text');
      return new RegExp(`^(?:${String(type.argument.value)})$`, 'u').test(String(item));
    default:
      throw new Error(`the control ${type.control} is not understood`);
  }
}

/** The group behind an entry, where it is one: in brackets, or by its name. */
function groupOf(rules: CddlRules, entry: CddlEntry): CddlGroup | null {
  if ('group' in entry.of) return entry.of.group;
  return entry.key === null && entry.of.type.kind === 'name' ? (rules.groups.get(entry.of.type.name) ?? null) : null;
}

/** Arrays: each entry takes as many elements as it may, fewer where the rest would not fit otherwise. */
function matchesElements(rules: CddlRules, group: CddlGroup, items: readonly Item[]): boolean {
  type Rest = (at: number) => boolean;
  const run = (entries: CddlGroup, at: number, rest: Rest): boolean => {
    const [entry, ...others] = entries;
    if (entry === undefined) return rest(at);
    return repeat(entry, 0, at, (end) => run(others, end, rest));
  };
  const repeat = (entry: CddlEntry, count: number, at: number, rest: Rest): boolean => {
    const again = (end: number): boolean => end > at && repeat(entry, count + 1, end, rest);
    if (count < entry.max && once(entry, at, again)) return true;
    return count >= entry.min && rest(at);
  };
  const once = (entry: CddlEntry, at: number, rest: Rest): boolean => {
    const inner = groupOf(rules, entry);
    if (inner !== null) return run(inner, at, rest);
    const item = items[at];
    return item !== undefined && 'type' in entry.of && matches(rules, entry.of.type, item) && rest(at + 1);
  };
  return run(group, 0, (end) => end === items.length);
}

/** Maps: what is named by a value is taken by that entry alone (a cut, RFC 8610 §3.5.4); other entries take what is left. */
function matchesMembers(rules: CddlRules, group: CddlGroup, map: ReadonlyMap<Item, Item>): boolean {
  const entries = flat(rules, group);
  const left = new Map(map);
  for (const entry of entries.filter((one) => one.key?.kind === 'value')) {
    if (entry.key?.kind !== 'value' || !('type' in entry.of)) throw new Error('a member has a key and a type');
    const key = entry.key.value as Item;
    const item = left.get(key);
    if (item === undefined && !left.has(key)) {
      if (entry.min > 0) return false;
      continue;
    }
    if (!matches(rules, entry.of.type, item ?? null)) return false;
    left.delete(key);
  }
  for (const entry of entries.filter((one) => one.key?.kind !== 'value')) {
    const { key, of } = entry;
    if (key === null || !('type' in of)) throw new Error('a member of a map has a key');
    const taken = [...left].filter(([name, item]) => matches(rules, key, name) && matches(rules, of.type, item));
    if (taken.length < entry.min || taken.length > entry.max) return false;
    for (const [name] of taken) left.delete(name);
  }
  return left.size === 0;
}

/** The entries of a map, those of groups among them in their place. */
function flat(rules: CddlRules, group: CddlGroup): CddlEntry[] {
  return group.flatMap((entry) => {
    const inner = groupOf(rules, entry);
    if (inner === null) return [entry];
    if (entry.min !== 1 || entry.max !== 1) throw new Error('a group in a map stands there once');
    return flat(rules, inner);
  });
}

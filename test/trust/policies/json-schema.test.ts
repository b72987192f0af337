import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { policyJsonSchema } from '../../../agent/trust/policy/json-schema.js';
import { fitsPublished, SCHEMA_FILE } from './published-schema.js';
import { BROKEN, policiesIn, policyIn, SAMPLES } from './read.js';

const fits = fitsPublished();

/** Mistakes that a schema can see: kinds, bounds, members. The others are about what members have to do with each other. */
const SEEN = [
  'currency-as-word',
  'date-otherwise',
  'head-in-draft',
  'ladder-percent',
  'no-quota',
  'number-as-text',
  'number-zero',
  'plural-two-spelt-wrong',
  'plural-without-other',
  'quota-by-week',
  'text-bidi',
  'text-empty',
  'text-missing-language',
  'unknown-member',
  'unknown-quota-member',
];

describe('the published JSON Schema', () => {
  test('is what the code makes: "wasl policy schema > docs/formats/policy.schema.json" brings it up to date', () => {
    expect(readFileSync(SCHEMA_FILE, 'utf8')).toBe(`${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
  });

  test.each(policiesIn(SAMPLES))('takes in the sample %s, by another validator', (name) => {
    expect(fits(policyIn(SAMPLES, name))).toBe(true);
  });

  test('refuses the mistakes that a schema can see, and no others', () => {
    expect(policiesIn(BROKEN).filter((name) => !fits(policyIn(BROKEN, name)))).toEqual(SEEN);
  });

  test('explains each member of a commodity to whoever writes one', () => {
    const text = readFileSync(SCHEMA_FILE, 'utf8');
    const silent: string[] = [];
    const look = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      const properties = 'properties' in schema ? (schema.properties as Record<string, object>) : {};
      for (const [name, of] of Object.entries(properties)) {
        if ('description' in of && String(of.description).length > 5) continue;
        if (!('$ref' in of)) silent.push(name);
      }
      for (const [name, of] of Object.entries(schema)) look(of, `${path}.${name}`);
    };
    look(JSON.parse(text), '');
    expect([...new Set(silent)]).toEqual([]);
  });
});

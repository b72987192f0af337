/** The published JSON Schema of policies, and a validator that shares no code with ours: the one that Fastify brings along. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Path of the published schema. */
export const SCHEMA_FILE = join(import.meta.dirname, '../../../docs/formats/policy.schema.json');

/** The part of Ajv that is used here. */
interface Validators {
  compile(schema: object): (value: unknown) => boolean;
}

/** Whether a value fits the published schema, by Ajv. Throws where Ajv is not installed. */
export function fitsPublished(): (value: unknown) => boolean {
  const fromFastify = createRequire(createRequire(import.meta.url).resolve('fastify'));
  const { default: Ajv } = fromFastify('ajv/dist/2020.js') as { readonly default: new (options: object) => Validators };
  const schema = JSON.parse(readFileSync(SCHEMA_FILE, 'utf8')) as object;
  return new Ajv({ strict: true, validateFormats: false, allowUnionTypes: true }).compile(schema);
}

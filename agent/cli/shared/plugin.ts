/** The simulators' modules, where they are installed: no part of what a terminal in the field carries, and never imported by production code. */
import { existsSync } from 'node:fs';
import { WaslError } from '../../domain/errors.js';

/**
 * A module of `simulators/` by its name without ending. Rejects with `ERR_USAGE` where the simulators are not installed. The caller says what
 * the module exports: nothing here can check it.
 */
export async function simulatorModule<T>(name: string): Promise<T> {
  // Beside the compiled command stands compiled JavaScript; beside the sources, which a test runs, TypeScript.
  const found = ['js', 'ts']
    .map((ending) => new URL(`../../../simulators/${name}.${ending}`, import.meta.url))
    .find((url) => existsSync(url));
  if (found === undefined)
    throw new WaslError(
      'ERR_USAGE',
      'the simulators are not installed here: this works in a checkout of the repository',
    );
  return (await import(found.href)) as T;
}

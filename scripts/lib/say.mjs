/**
 * What the scripts tell the person who started them. Everything goes to stderr, so that the stdout of a program that
 * a script hands over to (`--json`, say) is that program's alone.
 */

/** One line of progress: what is being done or was done. @param {string} text */
export function say(text) {
  process.stderr.write(`wasl: ${text}\n`);
}

/** Several lines as they are: output of a step that failed. @param {string} text */
export function sayBlock(text) {
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`);
}

/**
 * A failure that the person who started the script can act on: `message` says what to do and no stack is shown.
 */
export class ScriptError extends Error {
  /** @override */
  name = 'ScriptError';
}

/** Shows a failure: a {@link ScriptError} as its message, anything else with its stack. @param {unknown} error */
export function sayFailure(error) {
  if (error instanceof ScriptError) say(error.message);
  else sayBlock(error instanceof Error ? String(error.stack) : String(error));
}

/**
 * Runs the body of a script; a failure is shown and ends the process with exit code 1.
 * @param {() => Promise<void>} body
 */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    sayFailure(error);
    process.exitCode = 1;
  }
}

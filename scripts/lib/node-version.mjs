/** The oldest Node that Wasl runs on: the one that Raspberry Pi OS ships. */
const OLDEST = { major: 20, minor: 19 };

/**
 * What to tell a person whose Node is too old; `null` when it is not.
 * @param {string} version as in `process.versions.node`, e.g. `20.19.2`
 */
export function nodeComplaint(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return null;
  return `Wasl needs Node ${OLDEST.major}.${OLDEST.minor} or newer, and this is Node ${version}: install a newer one from nodejs.org or your distribution and try again.`;
}

/** Whether tests that need a program of others are left out, which is said: without CI, where it is not installed. */
export function isAbsent(path: string | undefined, what: string, command = 'npm test'): boolean {
  const absent = path === undefined && !process.env['CI'];
  if (absent) console.log(`Skipping ${what} (to get it: ${command}, with a connection to an npm registry)`);
  return absent;
}

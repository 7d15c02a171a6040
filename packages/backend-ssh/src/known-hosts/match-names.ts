import { isHashedName, matchHashedName } from './hashed-name.ts';
import { lowerCase } from './lower-case.ts';
import { matchPattern } from './match-pattern.ts';

/** OpenSSH copies each pattern into 1,024 bytes; a longer one makes the whole list match nothing. */
const MAX_PATTERN_BYTES = 1022;

/**
 * Whether the first field of a line names a host: one hashed name, or patterns with commas between them, of which one must match and
 * none that begins with `!` may. Both are texts with a character a byte.
 */
export function matchNames(name: string, names: string): boolean {
  return isHashedName(names) ? matchHashedName(name, names) : matchPatterns(lowerCase(name), names);
}

function matchPatterns(name: string, names: string): boolean {
  let matches = false;
  for (const item of names.split(',')) {
    const negated = item.startsWith('!');
    const pattern = lowerCase(negated ? item.slice(1) : item);
    if (pattern.length > MAX_PATTERN_BYTES) return false;
    if (!matchPattern(name, pattern)) continue;
    if (negated) return false;
    matches = true;
  }
  return matches;
}

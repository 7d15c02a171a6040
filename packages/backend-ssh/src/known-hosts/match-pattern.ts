/**
 * Whether all of `text` matches a pattern of OpenSSH: `*` stands for any characters, `?` for one. Takes time in proportion to the product
 * of both lengths, however many `*` there are.
 */
export function matchPattern(text: string, pattern: string): boolean {
  if (!/[*?]/.test(pattern)) return text === pattern;
  // reached[i]: the first i characters of the pattern match what was read of the text.
  let reached = overStars([true], pattern);
  for (const character of text) {
    const next: boolean[] = [];
    for (let i = 0; i < pattern.length; i++) {
      if (!reached[i]) continue;
      if (pattern[i] === '*') next[i] = true;
      else if (pattern[i] === '?' || pattern[i] === character) next[i + 1] = true;
    }
    reached = overStars(next, pattern);
  }
  return reached[pattern.length] === true;
}

/** A star may stand for nothing. */
function overStars(reached: boolean[], pattern: string): boolean[] {
  for (let i = 0; i < pattern.length; i++) {
    if (reached[i] && pattern[i] === '*') reached[i + 1] = true;
  }
  return reached;
}

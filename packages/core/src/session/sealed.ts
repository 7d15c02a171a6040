const HERE_DOCUMENT = /(?<!<)<<(?!<)(-?)[ \t]*([^\s;&|<>()]+)/g;
const ARITHMETIC = /\(\((?:[^()]|\([^()]*\))*\)\)/g;
const GOES_ON = /(&&|\||\\|\(\s*\))\s*$/;
const COMMENT = /(^|\s)#.*$/;

/**
 * Whether a line that is put behind a script is a command of its own there. It is none where it would be part of a here-document without
 * an end, or where the last line goes on. A string or a comment that looks like one or the other counts as that.
 */
export function isSealed(script: string): boolean {
  const lines = script.split('\n').reverse();
  let last = '';
  for (let line = lines.pop(); line !== undefined; line = lines.pop()) {
    for (const [, tabs, word = ''] of line.replaceAll(ARITHMETIC, '').matchAll(HERE_DOCUMENT)) {
      if (!skipTo(word.replaceAll(/['"\\]/g, ''), tabs === '-', lines)) return false;
    }
    if (line.replace(COMMENT, '').trim() !== '') last = line;
  }
  return !GOES_ON.test(last) && !GOES_ON.test(last.replace(COMMENT, '')) && !script.endsWith('\\');
}

/** Takes lines up to the end of a here-document; whether there is one. */
function skipTo(delimiter: string, tabs: boolean, lines: string[]): boolean {
  for (let line = lines.pop(); line !== undefined; line = lines.pop()) {
    // The next line is part of this one, unless the delimiter was quoted.
    if (line.endsWith('\\')) return false;
    if ((tabs ? line.replace(/^\t+/, '') : line) === delimiter) return true;
  }
  return false;
}

/** Of a line, from left to right: what is escaped, arithmetic, strings by themselves, in all of which `<<` is text, and here-documents. */
const TOKEN =
  /\\.|\(\((?:[^()]|\([^()]*\))*\)\)|"(?:[^"`$\\]|\\.|\$(?!\())*"|'[^']*'|(?<open>["'`])|<<<|<<(?<tabs>-?)[ \t]*(?<word>(?:"[^"]*"|'[^']*'|\\.|[^\s;&|<>()"'\\])+)/g;
const GOES_ON = /(&&|\||\\|\(\s*\))\s*$/;
const COMMENT = /(^|\s)#.*$/;

/**
 * Whether a line that is put behind a script is a command of its own there. It is none where it would be part of a here-document without
 * an end, or where the last line goes on. A string or a comment that looks like one or the other, and what is not clear, counts as that.
 */
export function isSealed(script: string): boolean {
  const lines = script.split('\n').reverse();
  let last = '';
  for (let line = lines.pop(); line !== undefined; line = lines.pop()) {
    for (const { groups: { open, tabs, word } = {}, index } of line.matchAll(TOKEN)) {
      // A string that goes on in the next line, or has commands in it.
      if (open && line.includes('<<', index)) return false;
      if (open) break;
      if (word && !skipTo({ word, tabs: tabs === '-' }, lines)) return false;
    }
    if (line.replace(COMMENT, '').trim() !== '') last = line;
  }
  return !GOES_ON.test(last) && !GOES_ON.test(last.replace(COMMENT, '')) && !script.endsWith('\\');
}

/** Takes lines up to the end of a here-document; whether there is one. */
function skipTo({ word, tabs }: { readonly word: string; readonly tabs: boolean }, lines: string[]): boolean {
  const delimiter = word.replaceAll(/['"\\]/g, '');
  let goesOn = false;
  for (let line = lines.pop(); line !== undefined; line = lines.pop()) {
    // One that is part of the line before is no end; shells may differ.
    if ((tabs ? line.replace(/^\t+/, '') : line) === delimiter) return !goesOn;
    goesOn = delimiter === word && line.endsWith('\\');
  }
  return false;
}

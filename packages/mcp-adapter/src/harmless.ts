/** Text with what a terminal would obey shown as a picture of it. */
export interface HarmlessText {
  readonly text: string;
  /** Whether there was such a thing. */
  readonly hadControls: boolean;
}

// Tabs and ends of lines are text. A carriage return alone is not: it overwrites a line.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROLS = /\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;

/** Shows control characters as Unicode's pictures of them: `␛` is an escape. */
export function harmless(text: string): HarmlessText {
  const shown = text.replace(CONTROLS, picture);
  return { text: shown, hadControls: shown !== text };
}

function picture(control: string): string {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x24_00 + code);
  // C1 has no pictures, and is ESC and a letter in other words.
  return code === 0x7f ? '\u2421' : `\u241b${String.fromCharCode(code - 0x40)}`;
}

const MOST = 500;

/** What a service said, for a message: on one line, and not without end. */
export function printable(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim();
  return line.length > MOST ? `${line.slice(0, MOST)}…` : line;
}

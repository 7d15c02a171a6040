const MAX_CHARACTERS = 500;

/** What a server said, for a message: nothing that would steer a terminal, and no page of it. */
export function printable(text: string): string {
  return text
    .slice(0, MAX_CHARACTERS)
    .replace(/\p{C}+/gu, ' ')
    .trim();
}

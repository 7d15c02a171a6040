/** The ASCII letters alone, as OpenSSH does: a text with a character a byte may hold UTF-8. */
export function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

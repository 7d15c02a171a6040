import { invalidOption } from '@errand/core/checks';

/**
 * The bytes that an argument stands for.
 *
 * @throws ExecError `EXEC_INVALID_OPTION` for what is no base64: Node would leave it out; and for half a character, which it would make another
 */
export function decoded(option: string, text: string, encoding: 'text' | 'base64' = 'text'): Buffer {
  if (!text.isWellFormed()) throw invalidOption(option, 'it holds half of a surrogate pair, which no bytes stand for', 'well-formed text');
  if (encoding === 'text') return Buffer.from(text);
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    throw invalidOption(option, 'it is no base64', 'base64 with its padding');
  return Buffer.from(text, 'base64');
}

import { forward } from './forward.ts';
import { standardOutput } from './standard-output.ts';

/**
 * Prints on stdout what was asked for.
 *
 * @throws as `forward`
 */
export async function printText(text: string): Promise<void> {
  await forward([Buffer.from(text)], standardOutput(1));
}

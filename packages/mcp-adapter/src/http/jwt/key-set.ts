import { createRemoteJWKSet, customFetch, type FetchImplementation, type JWTVerifyGetKey } from 'jose';
import type { CheckedJwtOptions } from './jwt-options.ts';

const TIMEOUT_MS = 5_000;
/** More than any issuer has keys. */
const MAX_BYTES = 1_048_576;

/** The keys of the issuer, which are asked for when they are needed, and then kept. */
export function keySet({ jwksUri, jwksCooldownMs }: CheckedJwtOptions): JWTVerifyGetKey {
  let failedAt = Number.NEGATIVE_INFINITY;
  // jose has no cooldown where there was no answer: each token would ask again.
  const sparing: FetchImplementation = async (url, options) => {
    if (performance.now() < failedAt + jwksCooldownMs) throw new Error('The key set could not be had a moment ago.');
    try {
      const response = await fetch(url, options);
      if (response.status !== 200) throw new Error(`The key set is answered with ${response.status}.`);
      return new Response(await boundedText(response), { status: 200 });
    } catch (error) {
      failedAt = performance.now();
      throw error;
    }
  };
  return createRemoteJWKSet(jwksUri, { cooldownDuration: jwksCooldownMs, timeoutDuration: TIMEOUT_MS, [customFetch]: sparing });
}

async function boundedText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_BYTES) throw new Error(`The key set is longer than ${MAX_BYTES} bytes.`);
  }
  JSON.parse(text);
  return text;
}

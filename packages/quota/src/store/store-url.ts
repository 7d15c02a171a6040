import { type Check, invalidOption } from '@errand/core/checks';

/** A password that was cut in two: what is left of it would pass for a host, and be shown. */
const AT_BEHIND_HOST = /^\w+:\/\/[^/?#]*[/?#].*@/s;

export const redisUrl: Check = storeUrl(
  /^(rediss?:\/\/.|\/[^/])/,
  'redis://HOST:PORT, rediss://HOST:PORT, or the absolute path of a socket',
  (url) => url.startsWith('/') || (URL.canParse(url) && isDecodable(new URL(url))),
);

export const postgresUrl: Check = storeUrl(
  /^postgres(ql)?:\/\/./,
  'postgres://USER@HOST/DATABASE',
  // Without a host it is a socket's, which `pg` takes and `URL` does not.
  (url) => URL.canParse(url) || URL.canParse(url.replace('@/', '@localhost/')),
);

/** URLs that begin so, and that a client can read. What is wrong with one is not quoted: it may be in the middle of a password. */
function storeUrl(begin: RegExp, allowed: string, canRead: (url: string) => boolean): Check {
  return (option, value) => {
    if (typeof value !== 'string' || !begin.test(value)) throw invalidOption(option, 'is not allowed', allowed);
    if (AT_BEHIND_HOST.test(value) || !canRead(value))
      throw invalidOption(option, 'is malformed', `${allowed}; of a password, '/', '@', ':', '?', '#' and '%' percent-encoded`);
  };
}

function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

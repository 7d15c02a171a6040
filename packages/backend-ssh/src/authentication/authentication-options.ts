import type { Check } from '@errand/core/checks';

/** One way to say who we are. */
export type SshAuthentication = { readonly privateKeyFile: string };

export const checkAuthentication: Check = () => {};

import type { AuthInfo } from '../auth-info.ts';
import type { ToolView } from '../tool-view.ts';
import type { Caller } from './principal.ts';

/** Who was let in, and to what. */
export interface Admitted {
  readonly caller: Caller;
  readonly view: ToolView;
}

type SdkAuthInfo = { token: string; clientId: string; scopes: string[]; extra: Record<string, unknown> };

/** The same for the SDK, which hands it on. The token stays here: the SDK wants one, and nobody reads it. */
export function toAuthInfo(admitted: Admitted): SdkAuthInfo {
  const { name = '' } = admitted.caller;
  return { token: '', clientId: name, scopes: [], extra: { admitted } };
}

/** Who it was. */
export function admittedOf(authInfo: AuthInfo | undefined): Admitted {
  const admitted = authInfo?.extra?.['admitted'];
  if (admitted === undefined) throw new Error('A request was handed on that nobody has let in.');
  return admitted as Admitted;
}

/** Whose its commands are. */
export function tenantOf(authInfo: AuthInfo | undefined): string | undefined {
  return admittedOf(authInfo).caller.tenant;
}

/** Who a session is for. With other scopes the same caller finds another one. */
export function sessionKey({ caller, view }: Admitted): string {
  return JSON.stringify([caller.name ?? null, view.key]);
}

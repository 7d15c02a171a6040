import { ExecError, type ExecErrorCode, type ExecErrorDetail, NotStarted } from '@errand/core';
import { printable } from './printable.ts';

/** What a fault of the service means, and what to do. */
interface Meaning {
  readonly code: ExecErrorCode;
  readonly says: string;
}

const unavailable = (says: string): Meaning => ({ code: 'EXEC_UNAVAILABLE', says });
const NETWORK = 'its network in the VPC could not be set up';
const CODE = 'its code or image cannot be run';
const KMS = 'its environment cannot be decrypted with its KMS key';
const FILES = 'its file system cannot be mounted';
const SNAPSHOT = 'its snapshot (SnapStart) cannot be used';
const CREDENTIALS: Meaning = { code: 'EXEC_AUTH', says: 'AWS does not take the credentials' };

const MISSING: Meaning = { code: 'EXEC_NOT_FOUND', says: 'there is no such function, version or alias in this region and account' };
const FORBIDDEN: Meaning = { code: 'EXEC_PERMISSION', says: 'the caller needs lambda:InvokeFunction on it' };

/** Of each of these Lambda says that the function was not invoked. The first that fits counts. */
const MEANINGS: readonly (readonly [RegExp, Meaning])[] = [
  [/^KMSAccessDeniedException$/, { code: 'EXEC_PERMISSION', says: `${KMS}, since its role lacks kms:Decrypt` }],
  [/^EC2AccessDeniedException$/, { code: 'EXEC_PERMISSION', says: `${NETWORK}, since its role may not create network interfaces` }],
  [/^KMS/, unavailable(KMS)],
  [/^(ENI|EC2|Subnet|InvalidSubnet|InvalidSecurityGroup)/, unavailable(NETWORK)],
  [/^(EFS|S3Files)/, unavailable(FILES)],
  [/^SnapStart/, unavailable(SNAPSHOT)],
  [/^(InvalidZipFile|InvalidRuntime|CodeArtifact|ModeNotSupported|NoPublishedVersion)/, unavailable(CODE)],
  [/^Resource(NotReady|Conflict)Exception$/, unavailable('it is being created or changed, or is inactive')],
  [/^RecursiveInvocationException$/, unavailable('Lambda stopped a loop of functions that invoke each other')],
  [
    /^(RequestTooLarge|SerializedRequestEntityTooLarge)/,
    { code: 'EXEC_INVALID_OPTION', says: 'command, env and stdin are too long for one request' },
  ],
  [
    /^(InvalidParameterValue|InvalidRequestContent|ValidationException|UnsupportedMediaType)/,
    { code: 'EXEC_INVALID_OPTION', says: 'Lambda does not take the request' },
  ],
  [
    /^(UnrecognizedClient|InvalidSignature|IncompleteSignature|ExpiredToken|MissingAuthenticationToken|InvalidClientTokenId|SignatureDoesNotMatch)/,
    CREDENTIALS,
  ],
  [/^(CredentialsProviderError|TokenProviderError)$/, { ...CREDENTIALS, says: 'there are no credentials of AWS' }],
];

/** Where no name above fits. Lambda says these alike, and so do proxies and emulators. */
const BY_STATUS: ReadonlyMap<unknown, Meaning> = new Map([
  [403, FORBIDDEN],
  [404, MISSING],
]);

/** Nothing was sent where a connection could not be made; one that was made may break with the same codes, such as EHOSTUNREACH. */
const CONNECTING = /^(connect|getaddrinfo)$/;
const NOT_TRUSTED = /^(CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/**
 * What a caller is told of an invocation that failed before there was an answer: `NotStarted` where the function was certainly not
 * invoked; else the fault itself, which makes the outcome `unknown`.
 */
export function invokeFault(cause: unknown, functionName: string): Error {
  const name = textOf(cause, 'name');
  const status: unknown = Reflect.get(Object(Reflect.get(Object(cause), '$metadata')), 'httpStatusCode');
  if (status === 429 || name === 'TooManyRequestsException') return throttled(cause, functionName);
  const meaning = MEANINGS.find(([pattern]) => pattern.test(name))?.[1] ?? BY_STATUS.get(status);
  if (meaning) return notStarted(meaning, cause, functionName);
  if (isUnconnected(cause)) return notStarted({ code: 'EXEC_CONNECT', says: 'no connection to AWS Lambda' }, cause, functionName);
  if (name === 'Error' && /region is missing/i.test(messageOf(cause))) {
    return notStarted(
      { code: 'EXEC_INVALID_OPTION', says: 'region is missing. Allowed: such as eu-central-1, or AWS_REGION' },
      cause,
      functionName,
    );
  }
  if (typeof status === 'number' && status >= 400 && status < 500)
    return notStarted(unavailable('Lambda refused the request'), cause, functionName);
  return new Error(`the request to the function ${functionName} broke (${name}: ${printable(messageOf(cause))})`, { cause });
}

function throttled(cause: unknown, functionName: string): NotStarted {
  const reason = textOf(cause, 'Reason');
  const seconds = Number(textOf(cause, 'retryAfterSeconds'));
  const meaning = unavailable(
    `Lambda throttles it${reason && ` (${printable(reason)})`}: too much at once, or for its reserved concurrency`,
  );
  return notStarted(meaning, cause, functionName, seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {});
}

function notStarted({ code, says }: Meaning, cause: unknown, functionName: string, more: ExecErrorDetail = {}): NotStarted {
  const message = `The function ${functionName} was not invoked, so nothing was started: ${says} (${textOf(cause, 'name')}: ${printable(messageOf(cause))}).`;
  return new NotStarted(new ExecError(code, message, { cause, detail: { what: 'function', name: functionName, ...more } }));
}

function isUnconnected(cause: unknown): boolean {
  const reasons: unknown = Reflect.get(Object(cause), 'errors');
  return (
    CONNECTING.test(textOf(cause, 'syscall')) ||
    NOT_TRUSTED.test(textOf(cause, 'code')) ||
    (textOf(cause, 'name') === 'TimeoutError' && /connect/i.test(messageOf(cause))) ||
    (Array.isArray(reasons) && reasons.length > 0 && reasons.every(isUnconnected))
  );
}

function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}

function textOf(fault: unknown, field: string): string {
  const value: unknown = Reflect.get(Object(fault), field);
  return typeof value === 'string' ? value : '';
}

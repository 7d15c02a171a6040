/** Quotas of AWS Lambda, which nobody can raise. */

/** One synchronous request, with base64 and JSON in it. */
export const MAX_REQUEST_BYTES = 6_291_456;
/** Raw stdin in one request: with what base64 adds, and room for the longest script and environment. */
export const MAX_STDIN_BYTES = 4_194_304;
/** Raw output in one streamed response of 200 MiB: with what base64 and frames add. */
export const MAX_OUTPUT_BYTES = 150_000_000;
export const MAX_TIMEOUT_MS = 900_000;

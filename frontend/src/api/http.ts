import type { ApiErrorBody } from "./types";

/** Requests to the native API: the access token lives here, in memory, and nowhere else. */

const BASE = "/api/v1";
/** The exchange answers an order within milliseconds; past this its fate is asked for instead. */
const TIMEOUT_MS = 10_000;

/** The exchange answered, and refused. Nothing was changed, unless `mayHaveHappened`. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** What the answer says beside its sentence, such as the challenge of a second factor. */
    readonly details: Readonly<Record<string, unknown>> = {},
    /** The field of the request that the refusal is about. */
    readonly field: string | null = null,
  ) {
    super(message);
  }
}

/** No answer was read: what was asked may or may not have happened. */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
}

/**
 * Whether an act that moves money may have been done, or still be, although it failed: there was no answer, or one of
 * the exchange's own parts had none in time. It is sent again under its own key only.
 */
export function mayHaveHappened(error: unknown): boolean {
  return error instanceof NoAnswerError || (error instanceof ApiError && error.status >= 500);
}

/** Whether the exchange means its refusal: too many requests, and faults of its own, say nothing of this one. */
export function isFinal(error: unknown): boolean {
  return error instanceof ApiError && error.status < 500 && error.status !== 429;
}

let accessToken: string | null = null;
let actingAccountId: number | null = null;
let renewToken: (() => Promise<boolean>) | null = null;

export function setAccessToken(token: string | null): void {
  accessToken = token;
}

/** The account that every request is about from now on; null: the login's main one. */
export function setActingAccount(accountId: number | null): void {
  actingAccountId = accountId;
}

/** `renew` gets a new access token after a 401 and says whether it could. */
export function setTokenRenewal(renew: () => Promise<boolean>): void {
  renewToken = renew;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
export type Headers = Readonly<Record<string, string>>;

export interface RequestOptions {
  body?: unknown;
  /** Not to be tried again with a new token: the request is about tokens itself. */
  plain?: boolean;
  /** Beside those that every request has: `Idempotency-Key`, `X-Openbell-Code`, another `Openbell-Account`. */
  headers?: Headers;
  timeoutMs?: number;
}

/**
 * The answer's body, undefined for 204.
 *
 * @throws ApiError the exchange refused
 * @throws NoAnswerError the connection failed or the answer was late
 */
export async function request<T>(
  method: Method,
  path: string,
  options: RequestOptions = {},
): Promise<T> {
  return read<T>(await respond(method, path, options));
}

/**
 * The answer as it came, after one renewal of the token should it need one.
 *
 * @throws ApiError the exchange refused
 * @throws NoAnswerError the connection failed or the answer was late
 */
export async function respond(
  method: Method,
  path: string,
  options: RequestOptions = {},
): Promise<Response> {
  const usedToken = accessToken;
  let response = await send(method, path, options);
  if (response.status === 401 && options.plain !== true && usedToken !== null) {
    const renewed = accessToken !== usedToken || (await renewToken?.()) === true;
    if (renewed && accessToken !== null) response = await send(method, path, options);
  }
  if (!response.ok) throw await refusalIn(response);
  return response;
}

async function send(method: string, path: string, options: RequestOptions): Promise<Response> {
  const headers: Record<string, string> = {};
  if (accessToken !== null && options.plain !== true) {
    headers.Authorization = `Bearer ${accessToken}`;
    if (actingAccountId !== null) headers["Openbell-Account"] = String(actingAccountId);
  }
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  Object.assign(headers, options.headers);
  try {
    return await fetch(BASE + path, {
      method,
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
    });
  } catch (error) {
    throw new NoAnswerError(`${method} ${path}`, { cause: error });
  }
}

async function read<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T;
  const body = await response.json().catch(() => null);
  if (body === null) throw new NoAnswerError(`${response.url}: the answer is not JSON`);
  return body as T;
}

async function refusalIn(response: Response): Promise<ApiError> {
  const body = await response.json().catch(() => null);
  const refusal = body as ApiErrorBody | null;
  const fault = refusal?.error;
  return new ApiError(
    response.status,
    fault?.code ?? `HTTP_${response.status}`,
    fault?.message ?? response.statusText,
    fault?.details ?? {},
    refusal?.field ?? null,
  );
}

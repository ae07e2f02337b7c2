import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { Problem } from '../http/problem.js';
import { isId } from '../ids.js';

/** What the guard Flow asks: what is being written, and by whom. The values are not trusted as facts. */
export interface DirectusQuestion {
  readonly trigger: {
    /** For example `entries.items.update`. */
    readonly event: string;
    readonly collection: string;
    readonly payload: unknown;
    readonly key?: string;
    readonly keys?: readonly string[];
  };
  readonly accountability: { readonly user: string | null; readonly admin?: boolean } | null;
}

/** What the Flow of a button says: what somebody told the control plane to do. */
export interface DirectusCommand {
  readonly command: string;
  /** What the Admin UI sent: `collection`, `keys`, and the fields of the button's dialog. Not validated. */
  readonly body: unknown;
  /** Who pressed it, as Directus knows them. */
  readonly userId: string;
  readonly isAdmin: boolean;
  /** The same for the same call only, however often it arrives. */
  readonly callId: string;
}

/** What Directus signed. */
export interface SignedCall {
  /** SHA-256 of what is signed. Not of the signature: one signature can be written in several ways. */
  readonly callId: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** From then on the call is refused as expired; Unix time in seconds. */
  readonly endsAt: number;
}

export class HookNotSigned extends Problem {
  readonly kind = 'unauthenticated';
  readonly code = 'HOOK_NOT_SIGNED';

  constructor() {
    super('This call is not signed by Directus, or its signature has expired.');
  }
}

const ISSUER = 'directus';
const AUDIENCE = 'control-plane';
/** Clocks of two machines may differ by this much. */
const CLOCK_TOLERANCE_SECONDS = 5;

/**
 * Verifies what Directus signed with its built-in JSON Web Token operation (HS256).
 *
 * @param token the compact token, the whole body of the call
 * @param nowSeconds Unix time
 * @throws HookNotSigned for anything but a valid, unexpired token for the control plane
 */
export function verifySignature(token: unknown, secret: string, nowSeconds: number): SignedCall {
  if (typeof token !== 'string') throw new HookNotSigned();
  const [header, payload, signature, ...rest] = token.trim().split('.');
  if (!header || !payload || !signature || rest.length > 0) throw new HookNotSigned();
  const expected = createHmac('sha256', secret).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new HookNotSigned();
  // Only now is the content worth reading.
  const claims = parse(payload);
  const endsAt = typeof claims['exp'] === 'number' ? claims['exp'] + CLOCK_TOLERANCE_SECONDS : 0;
  const isOurs = claims['iss'] === ISSUER && claims['aud'] === AUDIENCE;
  if (parse(header)['alg'] !== 'HS256' || !isOurs || endsAt <= nowSeconds) throw new HookNotSigned();
  const callId = createHash('sha256').update(`${header}.${payload}`).digest('hex');
  return { callId, claims, endsAt };
}

/** @throws HookNotSigned when something else was signed, for example a command */
export function questionOf({ claims }: SignedCall): DirectusQuestion {
  const { event, collection, keys } = (claims['trigger'] ?? {}) as Readonly<Record<string, unknown>>;
  const areKeys = keys === undefined || Array.isArray(keys);
  const { user } = (claims['accountability'] ?? {}) as { user?: unknown };
  const isAsked = typeof event === 'string' && typeof collection === 'string' && areKeys;
  // A program of the operator, or a visitor, has no user.
  if (!isAsked || !(user === undefined || user === null || isId(user))) throw new HookNotSigned();
  return claims as Readonly<Record<string, unknown>> & DirectusQuestion;
}

/** @throws HookNotSigned when something else was signed, for example a question, or by nobody */
export function commandOf({ callId, claims }: SignedCall): DirectusCommand {
  const { command, body, accountability } = claims as {
    command?: unknown;
    body?: unknown;
    accountability?: { user?: unknown; admin?: unknown } | null;
  };
  const userId = accountability?.user;
  if (typeof command !== 'string' || !isId(userId)) throw new HookNotSigned();
  return {
    command,
    body,
    userId,
    isAdmin: accountability?.admin === true,
    callId,
  };
}

function parse(part: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Falls through: what cannot be read is not signed.
  }
  throw new HookNotSigned();
}

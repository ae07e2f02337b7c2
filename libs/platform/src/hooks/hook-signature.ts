import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { Problem } from '../http/problem.js';

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
  readonly accountability: { readonly user: string | null } | null;
}

/** What the Flow of a button says: what somebody told the control plane to do. */
export interface DirectusCommand {
  readonly command: string;
  /** What the Admin UI sent: `collection`, `keys`, and the fields of the button's dialog. Not validated. */
  readonly body: unknown;
  /** Who pressed it, as Directus knows them. */
  readonly userId: string;
  readonly isAdmin: boolean;
  /** The same for the same call only, however often it arrives: the SHA-256 of its token. */
  readonly callId: string;
}

/** What Directus signed, and the token it came in. */
export interface SignedCall {
  readonly token: string;
  readonly claims: Readonly<Record<string, unknown>>;
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
  const alive = typeof claims['exp'] === 'number' && claims['exp'] + CLOCK_TOLERANCE_SECONDS > nowSeconds;
  const isOurs = claims['iss'] === ISSUER && claims['aud'] === AUDIENCE;
  if (parse(header)['alg'] !== 'HS256' || !isOurs || !alive) throw new HookNotSigned();
  return { token: `${header}.${payload}.${signature}`, claims };
}

/** @throws HookNotSigned when something else was signed, for example a command */
export function questionOf({ claims }: SignedCall): DirectusQuestion {
  const question = claims as Partial<DirectusQuestion>;
  if (typeof question.trigger?.event !== 'string') throw new HookNotSigned();
  return question as DirectusQuestion;
}

/** @throws HookNotSigned when something else was signed, for example a question, or by nobody */
export function commandOf({ token, claims }: SignedCall): DirectusCommand {
  const { command, body, accountability } = claims as {
    command?: unknown;
    body?: unknown;
    accountability?: { user?: unknown; admin?: unknown } | null;
  };
  if (typeof command !== 'string' || typeof accountability?.user !== 'string') throw new HookNotSigned();
  return {
    command,
    body,
    userId: accountability.user,
    isAdmin: accountability.admin === true,
    callId: createHash('sha256').update(token).digest('hex'),
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

import { createHmac, timingSafeEqual } from 'node:crypto';
import { Problem } from '../http/problem.js';

/** What a Flow of Directus sends: what is being written, and by whom. The values are not trusted as facts. */
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
 * Verifies a question that Directus signed with its built-in JSON Web Token operation (HS256).
 *
 * @param token the compact token, the whole body of the call
 * @param nowSeconds Unix time
 * @throws HookNotSigned for anything but a valid, unexpired question for the control plane
 */
export function verifyQuestion(token: unknown, secret: string, nowSeconds: number): DirectusQuestion {
  if (typeof token !== 'string') throw new HookNotSigned();
  const [header, payload, signature, ...rest] = token.trim().split('.');
  if (!header || !payload || !signature || rest.length > 0) throw new HookNotSigned();
  const expected = createHmac('sha256', secret).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new HookNotSigned();
  // Only now is the content worth reading.
  const algorithm = (parse(header) as { alg?: unknown }).alg;
  const claims = parse(payload) as Partial<DirectusQuestion> & {
    iss?: unknown;
    aud?: unknown;
    exp?: unknown;
  };
  const alive = typeof claims.exp === 'number' && claims.exp + CLOCK_TOLERANCE_SECONDS > nowSeconds;
  if (algorithm !== 'HS256' || claims.iss !== ISSUER || claims.aud !== AUDIENCE || !alive)
    throw new HookNotSigned();
  if (typeof claims.trigger?.event !== 'string') throw new HookNotSigned();
  return claims as DirectusQuestion;
}

function parse(part: string): object {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Falls through: what cannot be read is not signed.
  }
  throw new HookNotSigned();
}

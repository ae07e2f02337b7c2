import { createHash } from 'node:crypto';

/** The part of an HTTP reply that a publication needs. */
export interface Reply {
  header(name: string, value: string): unknown;
  status(code: number): unknown;
}

/** A document as it is sent: everything that it is drawn from, and how. */
export interface Publication<Body> {
  readonly mediaType: string;
  /** Absent for what programs read. */
  readonly file?: { readonly name: string; readonly disposition: 'inline' | 'attachment' };
  /** Equal contents have equal bodies, as long as the drawing of this release is the same. */
  readonly drawnFrom: unknown;
  readonly draw: () => Body | Promise<Body>;
}

/** Raise it when a renderer draws the same contents differently: copies that people hold are then fetched again. */
const EDITION = 1;
const KEPT = 24;

/**
 * Answers with a publication, or with 304 to whoever holds it already. The last few that were drawn are kept: when a
 * list comes out, everybody asks for the same file in the same minute.
 */
export class PublicationReply {
  private readonly drawn = new Map<string, Promise<unknown>>();

  async send<Body>(
    reply: Reply,
    ifNoneMatch: string | undefined,
    publication: Publication<Body>,
  ): Promise<Body | undefined> {
    const { mediaType, file, drawnFrom, draw } = publication;
    const fingerprint = createHash('sha256')
      .update(JSON.stringify([EDITION, mediaType, drawnFrom]))
      .digest('base64url');
    const etag = `"${fingerprint}"`;
    const isHeld = ifNoneMatch?.split(',').some((given) => given.trim().replace(/^W\//, '') === etag);
    const body = isHeld === true ? undefined : await this.once(fingerprint, draw);
    reply.header('etag', etag);
    reply.header('cache-control', 'private, no-cache');
    if (isHeld === true) {
      reply.status(304);
      return undefined;
    }
    reply.header('content-type', mediaType);
    if (file !== undefined) {
      reply.header('content-disposition', `${file.disposition}; filename="${file.name}"`);
    }
    return body;
  }

  private async once<Body>(fingerprint: string, draw: () => Body | Promise<Body>): Promise<Body> {
    const known = this.drawn.get(fingerprint) as Promise<Body> | undefined;
    const drawing = known ?? Promise.resolve().then(draw);
    this.drawn.delete(fingerprint);
    this.drawn.set(fingerprint, drawing);
    const oldest = this.drawn.keys().next().value;
    if (this.drawn.size > KEPT && oldest !== undefined) this.drawn.delete(oldest);
    try {
      return await drawing;
    } catch (error) {
      this.drawn.delete(fingerprint);
      throw error;
    }
  }
}

/** `Leg 1 Tirana – Krujë` → `leg-1-tirana-kruje`; file names travel through mail and old printers. */
export function fileName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60);
  return plain === '' ? 'stage' : plain;
}

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** 30 days. */
export const SESSION_LIFE_MS = 30 * 24 * 3_600_000;
const COOKIE = 'atlas_session';
const TOKEN = /^([A-Za-z0-9_-]{22})\.([0-9a-z]{1,9})\.([A-Za-z0-9_-]{43})$/;
const BEARER = /^Bearer +(\S+) *$/i;
const IN_COOKIE = new RegExp(`(?:^|;)\\s*${COOKIE}=([^;\\s]*)`);

export interface Session {
  /** 22 characters of base64url, 128 random bits. */
  readonly id: string;
}

export interface NewSession extends Session {
  readonly token: string;
  /** Value of `Set-Cookie`. */
  readonly cookie: string;
}

/**
 * Sessions without a store: a token is `id.expiry.signature` (expiry in seconds since 1970, base 36; signature
 * HMAC-SHA256), so any bundle reads what any other issued.
 */
export class Sessions {
  readonly #secret: string;
  readonly #now: () => number;
  constructor(secret: string, now: () => number = Date.now) {
    this.#secret = secret;
    this.#now = now;
  }

  issue(): NewSession {
    const id = randomBytes(16).toString('base64url');
    const expiry = Math.floor((this.#now() + SESSION_LIFE_MS) / 1_000).toString(36);
    const token = `${id}.${expiry}.${this.#sign(id, expiry)}`;
    const cookie = `${COOKIE}=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${SESSION_LIFE_MS / 1_000}`;
    return { id, token, cookie };
  }

  /** The session of a token, or undefined when it is forged, malformed or over. */
  verify(token: string): Session | undefined {
    const [, id, expiry, signature] = TOKEN.exec(token) ?? [];
    if (id === undefined || expiry === undefined || signature === undefined) return undefined;
    const right = Buffer.from(this.#sign(id, expiry));
    if (!timingSafeEqual(right, Buffer.from(signature))) return undefined;
    return Number.parseInt(expiry, 36) * 1_000 > this.#now() ? { id } : undefined;
  }

  /** The session that a request names: `Authorization: Bearer` when it is there, else the cookie. */
  of(headers: {
    readonly authorization?: string | undefined;
    readonly cookie?: string | undefined;
  }): Session | undefined {
    const { authorization, cookie } = headers;
    if (authorization !== undefined) {
      const token = BEARER.exec(authorization)?.[1];
      return token === undefined ? undefined : this.verify(token);
    }
    const token = cookie === undefined ? undefined : IN_COOKIE.exec(cookie)?.[1];
    return token === undefined ? undefined : this.verify(token);
  }

  #sign(id: string, expiry: string): string {
    return createHmac('sha256', this.#secret).update(`atlas-session-1:${id}.${expiry}`).digest('base64url');
  }
}

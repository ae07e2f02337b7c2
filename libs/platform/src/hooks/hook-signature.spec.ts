import { createHmac } from 'node:crypto';
import { HookNotSigned, verifyQuestion } from './hook-signature.js';

const secret = 'a-secret-of-at-least-thirty-two-characters';
const now = 1_780_000_000;
const claims = {
  trigger: {
    event: 'entries.items.update',
    collection: 'entries',
    payload: { status: 'confirmed' },
    keys: ['e1'],
  },
  accountability: { user: 'u1' },
  iss: 'directus',
  aud: 'control-plane',
  iat: now,
  exp: now + 30,
};
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const sign = (body: unknown, key = secret, header: unknown = { alg: 'HS256', typ: 'JWT' }) => {
  const head = `${encode(header)}.${encode(body)}`;
  return `${head}.${createHmac('sha256', key).update(head).digest('base64url')}`;
};

describe('a question from Directus', () => {
  it('is accepted when it is signed, in time and meant for the control plane', () => {
    expect(verifyQuestion(sign(claims), secret, now + 29).trigger.keys).toEqual(['e1']);
  });

  it.each([
    ['nothing', undefined],
    ['no token', 'hello'],
    ['another key', sign(claims, 'another-secret-of-thirty-two-characters!')],
    [
      'a changed body',
      sign(claims).replace(/\.[^.]+\./, `.${encode({ ...claims, accountability: { user: 'u2' } })}.`),
    ],
    ['no signature', sign(claims).replace(/[^.]+$/, '')],
    ['another algorithm', sign(claims, secret, { alg: 'none' })],
    ['an expired one', sign({ ...claims, exp: now - 6 })],
    ['one without an end', sign({ ...claims, exp: undefined })],
    ['another issuer', sign({ ...claims, iss: 'someone' })],
    ['another audience', sign({ ...claims, aud: 'processor' })],
    ['one without a trigger', sign({ ...claims, trigger: undefined })],
    [
      'text that is not JSON',
      (() => {
        const head = `${encode({ alg: 'HS256' })}.${Buffer.from('{').toString('base64url')}`;
        return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
      })(),
    ],
  ])('is refused when it is %s', (_case, token) => {
    expect(() => verifyQuestion(token, secret, now)).toThrow(HookNotSigned);
  });
});

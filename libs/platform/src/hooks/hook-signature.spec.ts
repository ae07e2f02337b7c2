import { createHmac } from 'node:crypto';
import { commandOf, HookNotSigned, questionOf, verifySignature } from './hook-signature.js';

const secret = 'a-secret-of-at-least-thirty-two-characters';
const now = 1_780_000_000;
const claims = {
  trigger: {
    event: 'entries.items.update',
    collection: 'entries',
    payload: { status: 'confirmed' },
    keys: ['e1'],
  },
  accountability: { user: '0d5c1c3e-7f6a-4f0e-9a59-0a1c2b3d4e5f' },
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
const questionIn = (token: unknown, at = now) => questionOf(verifySignature(token, secret, at));

describe('a question from Directus', () => {
  it('is accepted when it is signed, in time and meant for the control plane', () => {
    expect(questionIn(sign(claims), now + 29).trigger.keys).toEqual(['e1']);
  });

  it.each([
    ['nothing', undefined],
    ['no token', 'hello'],
    ['another key', sign(claims, 'another-secret-of-thirty-two-characters!')],
    [
      'a changed body',
      sign(claims).replace(
        /\.[^.]+\./,
        `.${encode({ ...claims, accountability: { user: '1d5c1c3e-7f6a-4f0e-9a59-0a1c2b3d4e5f' } })}.`,
      ),
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
    expect(() => questionIn(token)).toThrow(HookNotSigned);
  });
});

describe('a command from Directus', () => {
  const { trigger: _, ...rest } = claims;
  const pressed = {
    ...rest,
    command: 'open',
    body: { collection: 'stages', keys: ['s1'] },
    accountability: { user: '0d5c1c3e-7f6a-4f0e-9a59-0a1c2b3d4e5f', admin: false },
  };
  const commandIn = (token: unknown) => commandOf(verifySignature(token, secret, now));

  it('says what was pressed, by whom, and is the same call only when the token is the same', () => {
    const command = commandIn(sign(pressed));
    expect(command).toEqual({
      command: 'open',
      body: { collection: 'stages', keys: ['s1'] },
      userId: '0d5c1c3e-7f6a-4f0e-9a59-0a1c2b3d4e5f',
      isAdmin: false,
      callId: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(commandIn(` ${sign(pressed)}\n`).callId).toBe(command.callId);
    // Base64 that decodes to the same signature.
    expect(commandIn(`${sign(pressed)}==`).callId).toBe(command.callId);
    expect(commandIn(sign({ ...pressed, iat: now + 1 })).callId).not.toBe(command.callId);
  });

  it.each([
    ['no id of a person', { ...pressed, accountability: { user: 'somebody' } }],
    ['nobody', { ...pressed, accountability: { user: null } }],
    ['a program', { ...pressed, accountability: null }],
  ])('is refused when it was pressed by %s', (_case, body) => {
    expect(() => commandIn(sign(body))).toThrow(HookNotSigned);
  });

  it('is no question, and a question is no command', () => {
    expect(() => commandIn(sign(claims))).toThrow(HookNotSigned);
    expect(() => questionIn(sign(pressed))).toThrow(HookNotSigned);
  });
});

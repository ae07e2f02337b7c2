import { AnsweredCalls, HookReplayed } from './answered-calls.js';

const now = 1_780_000_000;

describe('the calls that were answered', () => {
  it('are answered once, until their tokens are worth nothing anyway', () => {
    const calls = new AnsweredCalls();
    calls.answerOnce('a', now + 35, now);
    calls.answerOnce('b', now + 35, now);
    expect(() => calls.answerOnce('a', now + 35, now + 34)).toThrow(HookReplayed);
    calls.answerOnce('a', now + 70, now + 35);
    expect(() => calls.answerOnce('a', now + 70, now + 36)).toThrow(HookReplayed);
  });

  it('do not fill the memory: the oldest are forgotten first', () => {
    const calls = new AnsweredCalls();
    for (let n = 0; n <= 50_000; n += 1) calls.answerOnce(`call ${n}`, now + 35, now);
    calls.answerOnce('call 0', now + 35, now);
    expect(() => calls.answerOnce('call 50000', now + 35, now)).toThrow(HookReplayed);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IsInt, IsString, Max, Min, MinLength } from 'class-validator';
import { ConfigError, readConfig } from './read-config.js';

class Example {
  @IsString() @MinLength(8) SECRET!: string;
  @IsInt() @Min(1) @Max(65535) PORT: number = 3000;
}

describe('readConfig', () => {
  it('converts values and keeps defaults', () => {
    expect(readConfig(Example, { SECRET: 'longenough', PORT: '4000', OTHER: 'x' })).toEqual({
      SECRET: 'longenough',
      PORT: 4000,
    });
    expect(readConfig(Example, { SECRET: 'longenough' }).PORT).toBe(3000);
  });

  it('names every bad variable in one message and repeats no value', () => {
    const read = () => readConfig(Example, { SECRET: 'hush', PORT: '70000' });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/SECRET: .*\n.*PORT: /);
    expect(read).not.toThrow(/hush/);
  });

  it('reads a secret from the file that <NAME>_FILE names', () => {
    const folder = mkdtempSync(join(tmpdir(), 'trm-config-'));
    const file = join(folder, 'secret');
    writeFileSync(file, 'from-a-file\n');
    expect(readConfig(Example, { SECRET_FILE: file }).SECRET).toBe('from-a-file');
    rmSync(folder, { recursive: true });
  });

  it('says which secret file is missing', () => {
    expect(() => readConfig(Example, { SECRET_FILE: '/does/not/exist' })).toThrow(
      /SECRET_FILE: the file cannot be read \(ENOENT\)/,
    );
  });
});

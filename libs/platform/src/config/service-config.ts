import { IsIn, IsInt, IsOptional, IsString, IsUrl, Matches, Max, Min, MinLength } from 'class-validator';

/**
 * What every long-running program of the control plane needs to know. Numbers are annotated as such:
 * a type that is only inferred leaves no trace at run time, and the text of a variable would not be converted.
 */
export class ServiceConfig {
  @IsIn(['development', 'production', 'test'])
  NODE_ENV = 'development';

  @Matches(/^postgres(ql)?:\/\/.+/, { message: 'must be a postgresql:// URL' })
  DATABASE_URL!: string;

  /** Connections that one process may hold. */
  @IsInt()
  @Min(2)
  @Max(200)
  DATABASE_POOL_SIZE: number = 10;

  @Matches(/^(rediss?:\/\/.+|unix:\/\/\/.+)/, { message: 'must be a redis://, rediss:// or unix:/// URL' })
  REDIS_URL!: string;

  /** Part of the contract with the processor; the braces keep the queue on one node of a Redis Cluster. */
  @IsString()
  @MinLength(1)
  QUEUE_PREFIX = '{trm}';

  @IsUrl(
    { protocols: ['http', 'https'], require_protocol: true, require_tld: false },
    { message: 'must be the http(s) address of Directus' },
  )
  DIRECTUS_URL!: string;

  /**
   * Who may say for whom a request comes (`X-Forwarded-For`): `off`, the number of proxies in front, or their
   * addresses and networks, separated by commas. Limits count the address that this gives.
   */
  @Matches(/^(off|\d{1,2}|(loopback|linklocal|uniquelocal|[\da-f.:]+(\/\d{1,3})?)(, ?(?!$)|$))+$/i, {
    message: 'must be off, a number of proxies, or addresses separated by commas',
  })
  TRUST_PROXY = 'off';

  /** Requests a minute of one caller; of one address while nobody there has signed in. */
  @IsInt()
  @Min(1)
  RATE_LIMIT_REQUESTS: number = 1_200;

  /** Calls of Directus a minute. */
  @IsInt()
  @Min(1)
  RATE_LIMIT_HOOK_CALLS: number = 6_000;

  @IsInt()
  @Min(1)
  RATE_LIMIT_FAILED_SIGN_INS: number = 30;

  @IsInt()
  @Min(1)
  RATE_LIMIT_FAILED_HOOK_CALLS: number = 20;

  @IsInt()
  @Min(1)
  RATE_LIMIT_FAILED_CALENDAR_KEYS: number = 30;

  /** Seconds in which a whole request must have arrived, body and all. */
  @IsInt()
  @Min(1)
  @Max(300)
  REQUEST_TIMEOUT_SECONDS: number = 30;

  @IsIn(['json', 'text'])
  LOG_FORMAT = 'json';

  @IsOptional()
  @IsString()
  DB_INIT_DIR?: string;
}

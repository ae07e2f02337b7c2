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

  @IsIn(['json', 'text'])
  LOG_FORMAT = 'json';

  @IsOptional()
  @IsString()
  DB_INIT_DIR?: string;
}

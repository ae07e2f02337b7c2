import { IsEmail, IsIn, IsInt, IsOptional, IsString, Matches, Max, Min, MinLength } from 'class-validator';

const POSTGRES_URL = /^postgres(ql)?:\/\/.+/;
const POSTGRES_URL_MESSAGE = { message: 'must be a postgresql:// URL' };
const HTTP_URL = /^https?:\/\/[^/]+/;
const HTTP_URL_MESSAGE = { message: 'must be an http(s) address' };
const SECRET_MESSAGE = { message: 'must have at least 32 characters' };

/** What every command needs that touches the store. */
export class StoreConfig {
  @IsIn(['development', 'production', 'test'])
  NODE_ENV: string = 'development';

  @IsIn(['json', 'text'])
  LOG_FORMAT: string = process.stdout.isTTY ? 'text' : 'json';

  @Matches(POSTGRES_URL, POSTGRES_URL_MESSAGE)
  DATABASE_URL!: string;

  /** A superuser on the same server; needed once, for extensions and the lock against drops. */
  @IsOptional()
  @Matches(POSTGRES_URL, POSTGRES_URL_MESSAGE)
  ADMIN_DATABASE_URL?: string;

  /** How long to wait for a database that does not answer yet. */
  @IsInt()
  @Min(1)
  @Max(3600)
  DATABASE_WAIT_SECONDS: number = 60;

  @Matches(/^(rediss?:\/\/.+|unix:\/\/\/.+)/, { message: 'must be a redis://, rediss:// or unix:/// URL' })
  REDIS_URL!: string;

  @IsOptional()
  @IsString()
  DIRECTUS_DIR?: string;

  @IsOptional()
  @IsString()
  DB_INIT_DIR?: string;

  @IsOptional()
  @IsString()
  SNAPSHOT_FILE?: string;

  @MinLength(32, SECRET_MESSAGE)
  DIRECTUS_SECRET!: string;

  @IsEmail({ require_tld: false }, { message: 'must be an e-mail address' })
  DIRECTUS_ADMIN_EMAIL!: string;

  @MinLength(8, { message: 'must have at least 8 characters' })
  DIRECTUS_ADMIN_PASSWORD!: string;

  @MinLength(16, { message: 'must have at least 16 characters' })
  DIRECTUS_ADMIN_TOKEN!: string;

  @MinLength(32, SECRET_MESSAGE)
  HOOK_SECRET!: string;

  @Matches(HTTP_URL, HTTP_URL_MESSAGE)
  CONTROL_PLANE_URL: string = 'http://127.0.0.1:3000';

  @IsString()
  DIRECTUS_HOST: string = '127.0.0.1';

  @IsInt()
  @Min(1)
  @Max(65535)
  DIRECTUS_PORT: number = 8055;

  @IsOptional()
  @Matches(HTTP_URL, HTTP_URL_MESSAGE)
  DIRECTUS_URL?: string;

  /** Where browsers reach Directus. Default: DIRECTUS_URL, else host and port. */
  @IsOptional()
  @Matches(HTTP_URL, HTTP_URL_MESSAGE)
  DIRECTUS_PUBLIC_URL?: string;

  @IsOptional()
  @IsIn(['auto', 'dry-run', 'skip'])
  DIRECTUS_SCHEMA_APPLY_MODE?: 'auto' | 'dry-run' | 'skip';

  @IsIn(['0', '1'])
  ALLOW_DESTRUCTIVE: string = '0';
}

/** What the commands need beyond that which also write roles, policies and flows. */
export class UpConfig extends StoreConfig {
  @MinLength(16, { message: 'must have at least 16 characters' })
  DIRECTUS_SERVICE_TOKEN!: string;

  /** E-mail address of the person who accepts the licence of Directus for this installation. */
  @IsOptional()
  @IsEmail({ require_tld: false }, { message: 'must be an e-mail address' })
  PROJECT_OWNER?: string;
}

/** `provision` alone: a running Directus is all it talks to. */
export class ProvisionConfig {
  @IsIn(['json', 'text'])
  LOG_FORMAT: string = process.stdout.isTTY ? 'text' : 'json';

  @Matches(HTTP_URL, HTTP_URL_MESSAGE)
  DIRECTUS_URL!: string;

  @MinLength(16, { message: 'must have at least 16 characters' })
  DIRECTUS_ADMIN_TOKEN!: string;

  @MinLength(16, { message: 'must have at least 16 characters' })
  DIRECTUS_SERVICE_TOKEN!: string;

  @IsOptional()
  @IsEmail({ require_tld: false }, { message: 'must be an e-mail address' })
  PROJECT_OWNER?: string;
}

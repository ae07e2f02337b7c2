import { IsInt, IsString, Max, Min } from 'class-validator';
import { ServiceConfig } from '@trm/platform';

export class ProcessorConfig extends ServiceConfig {
  @IsString()
  PROCESSOR_HOST = '127.0.0.1';

  /** Only for health checks. */
  @IsInt()
  @Min(0)
  @Max(65535)
  PROCESSOR_PORT: number = 3002;

  /** Targets that are computed at once; each takes a database connection. */
  @IsInt()
  @Min(1)
  @Max(64)
  PROCESSOR_CONCURRENCY: number = 4;

  /** A job whose processor was not heard of for so long goes to another one. */
  @IsInt()
  @Min(1)
  @Max(600)
  PROCESSOR_LOCK_SECONDS: number = 30;

  /** So long behind its start the relay looks whether the job is still in the queue; a longer computation takes no harm. */
  @IsInt()
  @Min(1)
  @Max(3_600)
  RECOMPUTE_VISIBLE_SECONDS: number = 30;
}

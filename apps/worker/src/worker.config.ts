import { IsInt, IsString, Max, Min } from 'class-validator';
import { ServiceConfig } from '@trm/platform';

export class WorkerConfig extends ServiceConfig {
  @IsString()
  WORKER_HOST = '127.0.0.1';

  /** Only for health checks. */
  @IsInt()
  @Min(0)
  @Max(65535)
  WORKER_PORT: number = 3001;

  /** For so long a relay keeps what it is sending to the queue from the others; longer than Redis may hang. */
  @IsInt()
  @Min(1)
  @Max(600)
  RECOMPUTE_LEASE_SECONDS: number = 15;

  /** A job that was not heard of for so long is looked for in the queue, and sent again when it is not there. */
  @IsInt()
  @Min(1)
  @Max(3_600)
  RECOMPUTE_VISIBLE_SECONDS: number = 30;
}

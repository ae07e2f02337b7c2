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
}

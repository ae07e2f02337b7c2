import { IsInt, IsString, Max, Min, MinLength } from 'class-validator';
import { ServiceConfig } from '@trm/platform';

export class ApiConfig extends ServiceConfig {
  @IsString()
  API_HOST = '127.0.0.1';

  @IsInt()
  @Min(0)
  @Max(65535)
  API_PORT: number = 3000;

  /** Shared with the Flows of Directus, which sign their questions with it. */
  @IsString()
  @MinLength(32)
  HOOK_SECRET!: string;
}

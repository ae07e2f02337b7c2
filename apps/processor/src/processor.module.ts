import { type DynamicModule, Module } from '@nestjs/common';
import { PlatformModule } from '@trm/platform';
import type { ProcessorConfig } from './processor.config.js';
import { ReferenceProcessor } from './reference-processor.js';

/** The reference processor. Any program that keeps docs/processor-contract.md may take its place. */
@Module({})
export class ProcessorModule {
  static with(config: ProcessorConfig): DynamicModule {
    return {
      module: ProcessorModule,
      imports: [PlatformModule.forProcess('processor', config)],
      providers: [{ provide: ReferenceProcessor, useFactory: () => new ReferenceProcessor(config) }],
    };
  }
}

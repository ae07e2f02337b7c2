import { type DynamicModule, Module } from '@nestjs/common';
import { CalendarKeys } from './calendar-keys.js';
import { CalendarsController } from './calendars.controller.js';
import { PgPublicationsStore } from './pg-publications-store.js';
import { Publications } from './publications.js';
import { PublicationsController } from './publications.controller.js';
import { PublicationsStore } from './publications-store.js';

@Module({})
export class PublicationsModule {
  /** @param serviceSecret from which the keys of calendar feeds are derived */
  static withCalendars(serviceSecret: string): DynamicModule {
    return {
      module: PublicationsModule,
      controllers: [PublicationsController, CalendarsController],
      providers: [
        Publications,
        { provide: PublicationsStore, useClass: PgPublicationsStore },
        { provide: CalendarKeys, useFactory: () => new CalendarKeys(serviceSecret) },
      ],
    };
  }
}

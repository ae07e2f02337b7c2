import { type DynamicModule, Module } from '@nestjs/common';
import { HookSecret } from '@trm/platform';
import { AssignNumber } from './assign-number.js';
import { BindTracker } from './bind-tracker.js';
import { ChangeClass } from './change-class.js';
import { ChangeStatus } from './change-status.js';
import { CopyCrew } from './copy-crew.js';
import { EntriesController } from './entries.controller.js';
import { EntryButtonsHook } from './entry-buttons.hook.js';
import { EntryButtons } from './entry-buttons.js';
import { EntryCommands } from './entry-command.js';
import { EntryReads } from './entry-reads.js';
import { DirectusAddress, EntryWriters } from './entry-writers.js';
import { ReadEventReadiness } from './event-readiness.js';
import { PgRegistrationStore } from './pg-registration-store.js';
import { RegisterEntry } from './register-entry.js';
import { RegistrationStore } from './registration-store.js';
import { RegistrationsController } from './registrations.controller.js';
import { TickChecks } from './tick-checks.js';
import { EntryTransferController } from './transfer/entry-transfer.controller.js';
import { EntryTransferStore } from './transfer/entry-transfer-store.js';
import { ExportEntries } from './transfer/export-entries.js';
import { ImportEntries } from './transfer/import-entries.js';
import { ImportProgress } from './transfer/import-progress.js';

/** Entries from registration to the start, as the race office, crews and Directus use them. */
@Module({})
export class RegistrationModule {
  /**
   * @param directusUrl entries are written there in the caller's name
   * @param hookSecret shared with the Flows of Directus, which sign what they tell
   */
  static with(directusUrl: string, hookSecret: string): DynamicModule {
    return {
      module: RegistrationModule,
      controllers: [RegistrationsController, EntriesController, EntryTransferController, EntryButtonsHook],
      providers: [
        { provide: RegistrationStore, useClass: PgRegistrationStore },
        { provide: DirectusAddress, useFactory: () => new DirectusAddress(directusUrl) },
        { provide: HookSecret, useFactory: () => new HookSecret(hookSecret) },
        EntryWriters,
        EntryReads,
        EntryCommands,
        RegisterEntry,
        ChangeStatus,
        AssignNumber,
        ChangeClass,
        CopyCrew,
        BindTracker,
        TickChecks,
        ReadEventReadiness,
        EntryButtons,
        EntryTransferStore,
        ImportProgress,
        ImportEntries,
        ExportEntries,
      ],
    };
  }
}

/**
 * The start list as it is read in the Admin UI. Directus shows a field that nobody may edit in pale grey, with handles
 * that do nothing; the order of a race is read at night and from a distance. The class names are those of the pinned
 * Directus: with another version this is looked at again.
 */
export const CUSTOM_CSS = `
[data-collection='start_lists'] :is(input, textarea):disabled,
[data-collection='start_lists'][data-field='lines'] .disabled {
  color: var(--theme--foreground);
}
[data-collection='start_lists'][data-field='lines'] .disabled :is(.drag-handle, .spacer ~ *) {
  display: none;
}
[data-collection='start_lists'][data-field='lines'] .display-formatted {
  display: inline-block;
  font-variant-numeric: tabular-nums;
}
[data-collection='start_lists'][data-field='lines'] .display-formatted[field='position'] {
  min-inline-size: 3ch;
  text-align: end;
}
[data-collection='start_lists'][data-field='lines'] .display-formatted[field='raceNumber'] {
  min-inline-size: 4ch;
  font-weight: 700;
}
[data-collection='start_lists'][data-field='lines'] .display-formatted[field='name'] {
  inline-size: 30ch;
}
`.trim();

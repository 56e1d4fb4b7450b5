import { toggle } from '@callsign/daemon';

export const JSON_OPTION = toggle({ flag: 'json', text: 'print JSON, for programs', once: true });

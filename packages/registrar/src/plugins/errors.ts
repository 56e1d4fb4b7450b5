import { CallsignError } from '@callsign/daemon';

/** Why a plugin gave no services, or none that can be published; the label of the failure counter. */
export type PluginFailure = 'threw' | 'timeout' | 'memory' | 'died' | 'nonsense' | 'refused' | 'unloadable';

const CONTRACT = 'the contract is in docs/plugins.md';

/** A plugin did not do its part for one container, or cannot be loaded at all. */
export class PluginError extends CallsignError {
  readonly plugin: string;
  readonly failure: PluginFailure;

  constructor(plugin: string, failure: PluginFailure, reason: string, cause?: unknown) {
    super('PLUGIN_FAILED', `the plugin ${plugin} ${reason}`, {
      cause,
      cure:
        failure === 'refused'
          ? `Correct the plugin, or what it reads: labels, variables, the container's name; ${CONTRACT}`
          : `Correct the plugin; ${CONTRACT}`,
    });
    this.plugin = plugin;
    this.failure = failure;
  }
}

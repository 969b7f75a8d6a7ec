/**
 * Options that every command with a model has, as records: which model and adapter, device, dtype, threads and seed, and how
 * messages are rendered. Entry: {@link org.align4j.core.session.options.ModelOptions}. Knows no command.
 */
@NullMarked
package org.align4j.core.session.options;

import org.jspecify.annotations.NullMarked;

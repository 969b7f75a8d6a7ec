/**
 * Options are Java records: {@link org.align4j.core.options.Option} on a component makes it a
 * {@code --kebab-name}, {@link org.align4j.core.options.OptionsSpec} reads records from the command line and from
 * YAML, {@link org.align4j.core.options.OptionsYaml} writes and reads them back. Knows no command and no engine.
 */
@NullMarked
package org.align4j.core.options;

import org.jspecify.annotations.NullMarked;

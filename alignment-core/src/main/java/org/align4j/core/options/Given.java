package org.align4j.core.options;

import org.align4j.core.error.Culprit;
import org.jspecify.annotations.Nullable;

/**
 * A value as it was given, before it has a type.
 *
 * @param value a {@code String}, a {@code List} or a {@code Map} (from YAML), or null for an explicit "unset"
 * @param subject what an error calls the option: {@code --beta}, or {@code run.yaml:3: beta}
 * @param culprit what an error about the value is about
 */
record Given(@Nullable Object value, String subject, Culprit culprit) {}

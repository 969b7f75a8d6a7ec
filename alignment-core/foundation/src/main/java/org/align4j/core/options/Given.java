package org.align4j.core.options;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.error.InputException.Culprit;
import org.jspecify.annotations.Nullable;

/**
 * A value as it was given, before it has a type.
 *
 * @param value a {@code String}, a {@code List} or a {@code Map} (from YAML), or null for an explicit "unset"
 * @param subject what an error calls the option: {@code --beta}, or {@code run.yaml:3: beta}
 * @param culprit what an error about the value is about
 */
record Given(@Nullable Object value, String subject, Culprit culprit) {
    /** Returns the items of this list and then those of another one that was given for the same option. */
    Given followedBy(Given more) {
        List<@Nullable Object> items = new ArrayList<>();
        for (Given given : List.of(this, more)) {
            if (given.value() instanceof List<?> list) {
                items.addAll(list);
            }
        }
        return new Given(items, subject, culprit);
    }
}

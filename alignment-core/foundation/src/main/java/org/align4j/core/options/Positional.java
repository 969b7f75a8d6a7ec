package org.align4j.core.options;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The record component that takes the arguments without a name, such as {@code RUN…}: a {@code List} takes any number
 * and, unless {@code @Nullable}, needs at least one; any other type takes one and, unless {@code @Nullable} or
 * {@code Optional}, needs it. At most one in a record.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Positional {
    /** What the argument is called in the usage line, in capitals. */
    String label();

    /** Returns the argument's sentence for {@code --help}. */
    String help();
}

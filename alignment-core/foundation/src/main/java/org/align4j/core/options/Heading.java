package org.align4j.core.options;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The words above a group's options in {@code --help}. The annotated record is nested in the options of commands; a record nested in
 * it without a heading of its own is under this one too. Options of a record without any heading come first.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Heading {
    /** Names what the options are about, in a few words: {@code Optimizer}; an empty text has them come first, without a heading. */
    String value();
}

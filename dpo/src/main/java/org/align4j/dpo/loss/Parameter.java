package org.align4j.dpo.loss;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a component of a loss's record an option of the command line, of config.yaml and of {@code --help}. Its default is
 * the value that the record's constructor without arguments gives it. Components named {@code beta} and {@code
 * labelSmoothing} need no annotation: they are {@code --beta} and {@code --label-smoothing}, which losses share.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Parameter {
    /** Returns the option's sentence for {@code --help}. */
    String help();

    /** The option's name where losses share it; else the loss's name and the component's, as {@code discopop-tau}. */
    String option() default "";

    /** Returns whether the parameter must be given; the default is then what is usual, and named in the error only. */
    boolean required() default false;
}

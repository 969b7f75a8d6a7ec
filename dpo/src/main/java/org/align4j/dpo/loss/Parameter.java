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

    /**
     * Returns what the parameter does to the scale of the loss's figures: of two equal policies, whose differ because it differs. A loss that
     * doesn't say counts as rescaling its rewards too, so that runs that differ in the parameter aren't compared by them.
     */
    Rescales rescales() default Rescales.UNDECIDED;

    /** The figures of a loss that a parameter may rescale. */
    enum Rescales {
        /** None: it changes what is learnt, not how that is measured. */
        NOTHING,
        /** What is minimised. */
        LOSS,
        /** What is minimised, and the answers' rewards with their margin and accuracy. */
        REWARDS,
        /** Nobody decided. */
        UNDECIDED
    }

    /** The option's name where losses share it; else the loss's name and the component's, as {@code discopop-tau}. */
    String option() default "";

    /** Returns whether the parameter must be given; the default is then what is usual, and named in the error only. */
    boolean required() default false;
}

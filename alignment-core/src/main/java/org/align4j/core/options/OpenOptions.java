package org.align4j.core.options;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A component of an options record whose options are known only at run time, such as the parameters of classes that the class
 * path holds. The component carries {@link By}; its {@link Source} tells the options and makes the value.
 */
public interface OpenOptions {
    /** Every option's value by its name, in the order of {@code --help}; null stands for unset. */
    Map<String, @Nullable Object> values();

    /** Names the source of an {@link OpenOptions} component. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.RECORD_COMPONENT)
    @interface By {
        /** Tells the options; has a constructor without arguments. */
        Class<? extends Source> source();

        /** The option whose value may add options: {@code loss}. */
        String option();
    }

    /** Tells which options a component has, and makes it of their values. */
    interface Source {
        /**
         * The options there are.
         *
         * @param chosen what was given for the option that {@link By#option} names, item by item; empty where nothing was
         * @throws org.align4j.core.error.InputException if an item can't be found
         */
        List<OptionSpec> options(List<String> chosen);

        /** The component with a value for each option. */
        OpenOptions create(Map<String, @Nullable Object> values);
    }
}

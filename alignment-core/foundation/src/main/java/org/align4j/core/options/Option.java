package org.align4j.core.options;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A record component that is an option: {@code maxGradNorm} is {@code --max-grad-norm} and the key
 * {@code max-grad-norm} of a YAML file.
 *
 * <p>Types: {@code String}, {@code Path}, {@code boolean}, {@code int}, {@code long}, {@code float}, {@code double} and
 * their boxes, enums, any type with a {@code public static T parse(String)} (and a {@code public static String describe()}
 * for {@code --help}, where its name says too little); {@code List} of these (comma separated,
 * {@code \,} for a comma inside a value), {@code Map<String, T>} ({@code key=value,…}), {@code Map<String, Object>} (a
 * JSON object), {@code Optional} and its primitive forms. An enum constant {@code REVERSE_KL} is written
 * {@code reverse-kl}, or as its own {@code toString} says.
 *
 * <p>The help is the component's documentation, so a record's Javadoc has no {@code @param} for it. Without a default, a {@code @Nullable} or {@code Optional} component is unset, a {@code boolean} is false, and
 * anything else is required.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Option {
    /** The {@link #defaultValue} that stands for none. */
    String NONE = "\0";

    /** Returns the option's sentence for {@code --help}. */
    String help();

    /** Returns the option's name where a component can't have it, being a word of Java, such as {@code private}; empty otherwise. */
    String name() default "";

    /** Returns the default, as one would type it; an empty text for an empty list. */
    String defaultValue() default NONE;

    /**
     * Returns whether the value is text in which white space counts: items stay as they are given, and {@code \n}, {@code \t}
     * and {@code \\} stand for a line break, a tab and a backslash; the help says so.
     */
    boolean escapes() default false;

    /**
     * Returns whether a list's items are given one at a time, {@code --map A --map B}, so that a comma in them is part of the text;
     * {@code \n}, {@code \t} and {@code \\} stand for a line break, a tab and a backslash.
     */
    boolean repeats() default false;

    /** Returns a word that leaves a {@code @Nullable} or {@code Optional} component unset, such as {@code auto}. */
    String unset() default NONE;

    /** Gives options of the group that it annotates other defaults: {@code temperature=0}, several with commas. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.RECORD_COMPONENT)
    @interface Usual {
        /** Names the options and their defaults, as one would type them. */
        String value();
    }
}

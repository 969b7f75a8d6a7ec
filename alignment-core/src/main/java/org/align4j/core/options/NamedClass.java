package org.align4j.core.options;

import static org.align4j.core.error.RootFormat.format;

import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;

/**
 * Classes that an option names; they are looked for on the class path, to which ALIGN4J_CLASSPATH adds.
 *
 * @param option the option's name, for messages
 * @param type what the class must implement
 */
public record NamedClass<T>(String option, Class<T> type) {
    private static final String PATH = "ALIGN4J_CLASSPATH";

    /**
     * Refuses an entry of ALIGN4J_CLASSPATH that isn't there, which Java would pass over.
     *
     * @throws InputException naming the entry
     */
    public static void requirePath(Map<String, String> environment) {
        for (String entry : environment.getOrDefault(PATH, "").split(File.pathSeparator, -1)) {
            File place = new File(entry.replaceFirst("(?<=^|[/\\\\])\\*$", ""));
            if (!entry.isBlank() && !(entry.equals("*") || place.exists())) {
                throw new InputException(format(
                        "%s names %s, but there is no such file or folder%s; it takes jars, folders of classes, and FOLDER/* for all jars of a"
                                + " folder, with %s between them.",
                        PATH,
                        Shortened.path(entry),
                        place.isAbsolute() ? "" : " in " + Shortened.path(new File("").getAbsolutePath()),
                        File.pathSeparator));
            }
        }
    }

    /**
     * Finds a class by its full name; empty where there is none of that name.
     *
     * @throws InputException where it is there and no class of that kind, or can't be loaded
     */
    public Optional<Class<? extends T>> find(String given) {
        try {
            Class<?> found = Class.forName(given, true, Thread.currentThread().getContextClassLoader());
            if (!type.isAssignableFrom(found)) {
                throw new InputException(
                        format("%s is %s, a class that is no %s; implement it.", option, given, type.getName()));
            }
            return Optional.of(found.asSubclass(type));
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        } catch (LinkageError e) {
            return unloadable(given, e);
        }
    }

    /** A class that is there but can't be loaded is reported; where the file system knows no case, another's name is no class. */
    private Optional<Class<? extends T>> unloadable(String given, LinkageError reason) {
        boolean otherName = reason instanceof NoClassDefFoundError
                && String.valueOf(reason.getMessage()).contains("wrong name");
        if (otherName) {
            return Optional.empty();
        }
        throw new InputException(
                format(
                        "%s is %s, a class that can't be loaded (%s); ALIGN4J_CLASSPATH must name all that it needs, built for"
                                + " this Java.",
                        option, Shortened.path(given), Shortened.of(reason)),
                reason);
    }

    /**
     * Makes an object of a class by its public constructor without parameters.
     *
     * @throws InputException where it has none, or that fails
     */
    public T create(Class<? extends T> found) {
        try {
            return found.getConstructor().newInstance();
        } catch (InvocationTargetException e) {
            throw new InputException(format("%s %s can't be made: %s.", option, found.getName(), e.getCause()), e);
        } catch (ReflectiveOperationException e) {
            throw new InputException(
                    format(
                            "%s %s can't be made; it must be public with a public constructor without parameters.",
                            option, found.getName()),
                    e);
        }
    }
}

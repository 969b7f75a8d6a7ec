package org.align4j.core.environment;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Supplier;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;
import org.align4j.core.options.NamedClass;

/** Finds the environment that a value of {@code --environment} names. */
public final class Environments {
    private static final NamedClass<Environment> CLASSES = new NamedClass<>("environment", Environment.class);

    private Environments() {}

    /**
     * Refuses a value that names no environment; starts nothing.
     *
     * @throws InputException with the nearest name
     */
    public static void require(String given) {
        if (source(given).isEmpty() && type(given).isEmpty()) {
            throw unknown(given);
        }
    }

    /**
     * Refuses a value that a new run mustn't be begun with; starts nothing.
     *
     * @throws InputException saying what to give instead
     */
    public static void requireNew(String given) {
        source(given).ifPresent(source -> source.requireNew(given));
    }

    /**
     * Opens the environments that the user named.
     *
     * @throws InputException where there is none of that name, or it can't be opened
     */
    public static EnvironmentHost open(String given, EnvironmentContext context) {
        Optional<EnvironmentSource> source = source(given);
        if (source.isPresent()) {
            return source.get().open(given, context);
        }
        Class<? extends Environment> type = type(given).orElseThrow(() -> unknown(given));
        return of(() -> CLASSES.create(type), context);
    }

    /** Opens environments that are made one for each episode. */
    public static EnvironmentHost of(Supplier<? extends Environment> maker, EnvironmentContext context) {
        return new SideBySide(maker, context.episodeTime());
    }

    private static Optional<EnvironmentSource> source(String given) {
        return ServiceLoader.load(EnvironmentSource.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(source -> source.takes(given))
                .findFirst();
    }

    private static Optional<Class<? extends Environment>> type(String given) {
        for (ServiceLoader.Provider<Environment> provider :
                ServiceLoader.load(Environment.class).stream().toList()) {
            if (provider.type().getName().equals(given)
                    || provider.type().getSimpleName().equalsIgnoreCase(given)) {
                return Optional.of(provider.type());
            }
        }
        return CLASSES.find(given);
    }

    private static InputException unknown(String given) {
        List<String> names = new ArrayList<>();
        ServiceLoader.load(EnvironmentSource.class).forEach(source -> names.add(source.usage()));
        ServiceLoader.load(Environment.class).stream()
                .forEach(provider -> names.add(provider.type().getSimpleName()));
        List<String> plain = names.stream().map(Environments::name).toList();
        return new InputException(format(
                "environment is %s, which is no environment or class here; there are %s%s A class of your own is found where"
                        + " ALIGN4J_CLASSPATH names its jar or folder.",
                Shortened.path(given), String.join(", ", names), Nearest.hint(Shortened.of(name(given)), plain)));
    }

    private static String name(String usage) {
        int colon = usage.indexOf(':');
        return colon < 0 ? usage : usage.substring(0, colon);
    }
}

package org.align4j.core.reward;

import static org.align4j.core.error.RootFormat.format;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;

/** Finds the reward that a value of {@code --reward} names. */
public final class Rewards {
    private Rewards() {}

    /**
     * Refuses a value that names no reward; loads nothing.
     *
     * @throws InputException with the nearest name
     */
    public static void require(String given) {
        if (source(given).isEmpty() && type(given).isEmpty()) {
            throw unknown(given);
        }
    }

    /**
     * Opens a reward.
     *
     * @throws InputException where there is none of that name, or it can't be opened
     */
    public static RewardFunction open(String given, RewardContext context) {
        Optional<RewardSource> source = source(given);
        if (source.isPresent()) {
            return source.get().open(given, context);
        }
        return create(type(given).orElseThrow(() -> unknown(given)));
    }

    private static Optional<RewardSource> source(String given) {
        return ServiceLoader.load(RewardSource.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(source -> source.takes(given))
                .findFirst();
    }

    private static Optional<Class<? extends RewardFunction>> type(String given) {
        for (ServiceLoader.Provider<RewardFunction> provider :
                ServiceLoader.load(RewardFunction.class).stream().toList()) {
            if (provider.type().getName().equals(given)
                    || provider.type().getSimpleName().equals(given)) {
                return Optional.of(provider.type());
            }
        }
        try {
            Class<?> type = Class.forName(given, true, Thread.currentThread().getContextClassLoader());
            if (!RewardFunction.class.isAssignableFrom(type)) {
                throw new InputException(format(
                        "reward is %s, a class that is no %s; implement it.", given, RewardFunction.class.getName()));
            }
            return Optional.of(type.asSubclass(RewardFunction.class));
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        } catch (LinkageError e) {
            return unloadable(given, e);
        }
    }

    /** A class that is there but can't be loaded is told; where the file system knows no case, another's name is no class. */
    private static Optional<Class<? extends RewardFunction>> unloadable(String given, LinkageError reason) {
        boolean otherName = reason instanceof NoClassDefFoundError
                && String.valueOf(reason.getMessage()).contains("wrong name");
        if (otherName) {
            return Optional.empty();
        }
        throw new InputException(
                format(
                        "reward is %s, a class that can't be loaded (%s); ALIGN4J_CLASSPATH must name all that it needs, built for"
                                + " this Java.",
                        Shortened.path(given), Shortened.of(reason)),
                reason);
    }

    private static RewardFunction create(Class<? extends RewardFunction> type) {
        try {
            return type.getConstructor().newInstance();
        } catch (InvocationTargetException e) {
            throw new InputException(format("reward %s can't be made: %s.", type.getName(), e.getCause()), e);
        } catch (ReflectiveOperationException e) {
            throw new InputException(
                    format(
                            "reward %s can't be made; it must be public with a public constructor without parameters.",
                            type.getName()),
                    e);
        }
    }

    private static InputException unknown(String given) {
        List<String> names = new ArrayList<>();
        ServiceLoader.load(RewardSource.class).forEach(source -> names.add(source.usage()));
        ServiceLoader.load(RewardFunction.class).stream()
                .forEach(provider -> names.add(provider.type().getName()));
        List<String> plain = names.stream().map(Rewards::name).toList();
        return new InputException(format(
                "reward is %s, which is no reward, directory or class here; there are %s%s A class of your own is found where"
                        + " ALIGN4J_CLASSPATH names its jar or folder.",
                Shortened.path(given), String.join(", ", names), Nearest.hint(Shortened.of(name(given)), plain)));
    }

    private static String name(String usage) {
        int colon = usage.indexOf(':');
        return colon < 0 ? usage : usage.substring(0, colon);
    }
}

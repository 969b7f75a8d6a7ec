package org.align4j.core.reward;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.collect.Lists;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Function;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;
import org.align4j.core.options.NamedClass;
import org.jspecify.annotations.Nullable;

/** Finds the reward that a value of {@code --reward} names. */
public final class Rewards {
    private static final NamedClass<RewardFunction> CLASSES = new NamedClass<>("reward", RewardFunction.class);

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
     * Refuses values that a new run mustn't be begun with, and a key that none of them takes; loads nothing.
     *
     * @param key names the key that services are asked with; null for none
     * @throws InputException saying what to give instead
     */
    public static void requireNew(List<String> given, @Nullable String key) {
        boolean taken = false;
        for (String each : given) {
            Optional<RewardSource> source = source(each);
            source.ifPresent(found -> found.requireNew(each, key));
            taken |= source.filter(RewardSource::takesKey).isPresent();
        }
        if (key != null && !taken) {
            throw new InputException(format(
                    "reward-key is given, but no reward (%s) is a service at an address of http or https; leave reward-key out.",
                    Shortened.list(given)));
        }
    }

    /**
     * Opens the reward that the user named.
     *
     * @throws InputException where there is none of that name, or it can't be opened
     */
    public static RewardFunction open(String given, RewardContext context) {
        Optional<RewardSource> source = source(given);
        if (source.isPresent()) {
            return source.get().open(given, context);
        }
        return CLASSES.create(type(given).orElseThrow(() -> unknown(given)));
    }

    /**
     * Opens rewards of which those of one kind may share memory, such as the reward models of an ensemble; they are closed in the reverse
     * order.
     *
     * @throws InputException where there is none of a name, or one can't be opened; none stays open
     */
    public static List<RewardFunction> openAll(List<String> given, RewardContext context) {
        Optional<RewardSource> source = source(given.get(0));
        return source.isPresent() && given.stream().allMatch(source.get()::takes)
                ? source.get().openAll(given, context)
                : opened(given, each -> open(each, context));
    }

    /** Opens rewards one after the other; where one fails, those that are open are closed in the reverse order. */
    static List<RewardFunction> opened(List<String> given, Function<String, RewardFunction> opener) {
        List<RewardFunction> opened = new ArrayList<>();
        try {
            given.forEach(each -> opened.add(opener.apply(each)));
            return List.copyOf(opened);
        } catch (RuntimeException | Error e) {
            Lists.reverse(opened).forEach(RewardFunction::close);
            throw e;
        }
    }

    /** Returns the file whose contents decide what a reward scores, other than those of a model. */
    public static Optional<Path> file(String given) {
        return source(given).flatMap(source -> source.file(given));
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
        return CLASSES.find(given);
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

package org.align4j.dpo.loss;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.align4j.core.error.InputException;
import org.align4j.core.options.OtherNames;

/** The losses that can be chosen: those that the class path lists, and any class of it by its name. */
public final class LossCatalogue {
    private LossCatalogue() {}

    /** The losses that {@code META-INF/services} lists, in its order. */
    public static List<LossKind> listed() {
        Map<String, LossKind> byName = new LinkedHashMap<>();
        try {
            for (PreferenceLoss loss : ServiceLoader.load(PreferenceLoss.class, loader())) {
                LossKind kind = LossKind.of(loss.name(), require(loss));
                LossKind other = byName.put(kind.name(), kind);
                if (other != null) {
                    throw new InputException(format(
                            "Two losses are named %s: %s and %s; give one another name().",
                            kind.name(),
                            other.usual().getClass().getName(),
                            loss.getClass().getName()));
                }
            }
        } catch (ServiceConfigurationError e) {
            throw new InputException("A loss that the class path lists can't be loaded: " + e.getMessage() + ".", e);
        }
        return List.copyOf(byName.values());
    }

    /** The listed losses and, after them, those among {@code chosen} that are given by their class. */
    static List<LossKind> listedAnd(List<String> chosen) {
        List<LossKind> kinds = new ArrayList<>(listed());
        chosen.stream()
                .filter(text -> text.contains("."))
                .map(LossCatalogue::ofClass)
                .forEach(kinds::add);
        return kinds;
    }

    static LossKind find(String text) {
        List<LossKind> listed = listed();
        String wanted = text.replace('-', '_');
        for (LossKind kind : listed) {
            if (kind.name().equalsIgnoreCase(wanted)) {
                return kind;
            }
        }
        if (text.contains(".")) {
            return ofClass(text);
        }
        List<String> names = listed.stream().map(LossKind::name).toList();
        throw new InputException(format(
                "it must be one of %s, or a class on ALIGN4J_CLASSPATH such as com.example.MyLoss%s",
                String.join(", ", names), OtherNames.value("loss", text, names)));
    }

    private static LossKind ofClass(String name) {
        try {
            Object loss = Class.forName(name, true, loader()).getConstructor().newInstance();
            if (loss instanceof PreferenceLoss preference) {
                return LossKind.of(name, require(preference));
            }
            throw new InputException(name + " is no loss; it must implement " + PairLoss.class.getName() + " or "
                    + UnpairedLoss.class.getName() + ".");
        } catch (ClassNotFoundException e) {
            throw new InputException(
                    "there is no class " + name + "; name the jar or folder that holds it in ALIGN4J_CLASSPATH.", e);
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new InputException(
                    format(
                            "%s can't be made (%s); a loss is a public record with a public constructor without arguments.",
                            name, e),
                    e);
        }
    }

    private static PreferenceLoss require(PreferenceLoss loss) {
        boolean known = loss instanceof PairLoss || loss instanceof UnpairedLoss;
        if (!known || !loss.getClass().isRecord()) {
            throw new InputException(format(
                    "%s must be a record, whose components are its parameters, and a PairLoss or an UnpairedLoss.",
                    loss.getClass().getName()));
        }
        return loss;
    }

    /** The losses' names as {@code --loss} takes them. */
    public static String text(List<LossKind> kinds) {
        return kinds.stream().map(LossKind::toString).collect(Collectors.joining(","));
    }

    private static ClassLoader loader() {
        return PreferenceLoss.class.getClassLoader();
    }
}

package org.align4j.core.lora;

import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import org.align4j.core.error.InputException;
import org.align4j.core.pattern.UserPattern;
import org.jspecify.annotations.Nullable;

/**
 * The rules that say which of a model's modules an adapter concerns.
 *
 * @param targets what gets LoRA; null stands for the usual choice of the model's architecture
 * @param exclude what doesn't, though targeted; null for nothing
 * @param layers only in these layers; empty for all. A target given by its whole name is taken wherever it is
 * @param layersPattern names of the layer lists, as regular expressions; empty for any
 * @param modulesToSave ends of the names of modules that are trained in full and never get LoRA
 */
public record ModuleRules(
        @Nullable ModuleSelector targets,
        @Nullable ModuleSelector exclude,
        List<Integer> layers,
        List<String> layersPattern,
        List<String> modulesToSave) {
    private static final UserPattern LAYER = UserPattern.of("layers", ".*?\\.[^.]*\\.(\\d+)\\.");

    public ModuleRules {
        layers = List.copyOf(layers);
        layersPattern = List.copyOf(layersPattern);
        modulesToSave = List.copyOf(modulesToSave);
        if (targets instanceof ModuleSelector.Regex && !(layers.isEmpty() && layersPattern.isEmpty())) {
            throw new InputException("Layers and a regular expression of target modules are given together, but the"
                    + " expression must select the layers itself; drop one of the two.");
        }
        if (!layersPattern.isEmpty() && layers.isEmpty()) {
            throw new InputException("layers_pattern is " + layersPattern
                    + " but layers_to_transform is missing; give both or drop the pattern.");
        }
    }

    /** Every linear layer but the output, nothing else. */
    public static ModuleRules allLinear() {
        return new ModuleRules(new ModuleSelector.AllLinear(), null, List.of(), List.of(), List.of());
    }

    /** Whether the module is trained in full. */
    boolean saves(AdaptableModule module) {
        return modulesToSave.stream().anyMatch(module.name()::endsWith);
    }

    /** Whether the module is kept from LoRA. */
    boolean excludes(AdaptableModule module) {
        return (exclude != null && exclude.matches(module))
                || modulesToSave.stream()
                        .anyMatch(saved -> UserPattern.of("modules_to_save", "(^|.*\\.)" + saved + "($|\\..*)")
                                .atStart(module.name())
                                .isPresent());
    }

    /** Whether LoRA goes on the module, {@code selector} being the targets with the architecture's choice filled in. */
    boolean adapts(ModuleSelector selector, AdaptableModule module) {
        if (!module.adaptable() || excludes(module) || !selector.matches(module)) {
            return false;
        }
        boolean wholeName =
                selector instanceof ModuleSelector.Names names && names.names().contains(module.name());
        return layers.isEmpty() || wholeName || inLayers(module.name());
    }

    /** The first numbered part of the name is the layer's index; a later one may count experts. */
    private boolean inLayers(String name) {
        if (layersPattern.isEmpty()) {
            return LAYER.atStart(name).filter(this::isWanted).isPresent();
        }
        for (String part : layersPattern) {
            Optional<MatchResult> found = UserPattern.of("layers_pattern", "(?:^|.*?\\.)" + part + "\\.(\\d+)\\.")
                    .atStart(name);
            if (found.isPresent()) {
                return isWanted(found.get());
            }
        }
        return false;
    }

    private boolean isWanted(MatchResult found) {
        return layers.contains(Integer.valueOf(found.group(found.groupCount())));
    }

    /** A way to say which modules are meant, with PEFT's rules. */
    sealed interface ModuleSelector {
        /** Whether the module is meant. */
        boolean matches(AdaptableModule module);

        /** Every linear layer but the output embedding or score head. */
        record AllLinear() implements ModuleSelector {
            @Override
            public boolean matches(AdaptableModule module) {
                return module.innerLinear();
            }
        }

        /** Selects modules by their names or the ends of their names after a dot. */
        record Names(List<String> names) implements ModuleSelector {
            public Names {
                names = List.copyOf(names);
            }

            @Override
            public boolean matches(AdaptableModule module) {
                return names.stream().anyMatch(name -> matches(name, module.name()));
            }

            static boolean matches(String suffix, String name) {
                return name.equals(suffix) || name.endsWith("." + suffix);
            }
        }

        /** A regular expression that the whole module name matches. */
        record Regex(UserPattern pattern) implements ModuleSelector {
            /**
             * Compiles {@code pattern}; {@code what} names where it stands.
             *
             * @throws org.align4j.core.error.InputException when it is no regular expression
             */
            public static Regex of(String what, String pattern) {
                return new Regex(UserPattern.of(what, pattern));
            }

            @Override
            public boolean matches(AdaptableModule module) {
                return pattern.matches(module.name());
            }
        }
    }
}

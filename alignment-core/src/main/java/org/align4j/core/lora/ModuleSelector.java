package org.align4j.core.lora;

import java.util.List;
import org.align4j.core.pattern.UserPattern;

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

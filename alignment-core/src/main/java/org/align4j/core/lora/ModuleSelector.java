package org.align4j.core.lora;

import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;

/** A way to say which modules are meant, with PEFT's rules. */
public sealed interface ModuleSelector {
    /** Whether the module is meant. */
    boolean matches(AdaptableModule module);

    /** Every linear layer but the output embedding or score head. */
    record AllLinear() implements ModuleSelector {
        @Override
        public boolean matches(AdaptableModule module) {
            return module.innerLinear();
        }
    }

    /** Whole module names, or their ends after a dot. */
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
    record Regex(Pattern pattern) implements ModuleSelector {
        /**
         * Compiles {@code pattern}; {@code what} names where it stands.
         *
         * @throws InputException when it is no regular expression
         */
        public static Regex of(String what, String pattern) {
            return new Regex(compile(what, pattern));
        }

        @Override
        public boolean matches(AdaptableModule module) {
            return pattern.matcher(module.name()).matches();
        }
    }

    /** Compiles a user's regular expression. */
    static Pattern compile(String what, String pattern) {
        try {
            return Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            throw new InputException(
                    what + " is \"" + Shortened.of(pattern) + "\" but must be a regular expression: "
                            + e.getDescription() + " at character " + (e.getIndex() + 1) + ".",
                    e);
        }
    }
}

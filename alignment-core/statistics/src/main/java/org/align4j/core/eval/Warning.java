package org.align4j.core.eval;

import java.util.Objects;

/**
 * Holds an early warning about a run. One entry of {@code warnings.json}.
 *
 * @param code stable name such as {@code chosen-falling}
 * @param seen one plain sentence of what was seen, with figures
 * @param advice one sentence of what to do
 */
public record Warning(String code, String seen, String advice) {
    public Warning {
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(seen, "seen");
        Objects.requireNonNull(advice, "advice");
    }

    /** Returns this warning with a sentence of advice before its own. */
    public Warning beginningWith(String sentence) {
        return new Warning(code, seen, sentence + " " + advice);
    }

    /** Returns both sentences of the warning. */
    public String text() {
        return seen + " " + advice;
    }
}

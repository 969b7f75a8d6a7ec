package org.align4j.core.template;

import java.util.HashMap;
import java.util.Map;
import org.align4j.core.template.python.Budget;
import org.align4j.core.template.python.Undefined;
import org.jspecify.annotations.Nullable;

/** The names a stretch of template sees: its own, then those of the scopes around it. Belongs to one render. */
final class NameScope {
    private final @Nullable NameScope parent;
    private final Output output;
    private final Map<String, Object> names;

    private NameScope(@Nullable NameScope parent, Output output, Map<String, Object> names) {
        this.parent = parent;
        this.output = output;
        this.names = names;
    }

    /** The outermost scope, over the names that are given. */
    static NameScope outermost(Output output, Map<String, Object> given) {
        return new NameScope(null, output, given);
    }

    /** Makes a scope inside this one. */
    NameScope inner() {
        return new NameScope(this, output, new HashMap<>(8));
    }

    Object get(String name) {
        for (NameScope scope = this; scope != null; scope = scope.parent) {
            Object value = scope.names.get(name);
            if (value != null) {
                return value;
            }
        }
        return Undefined.variable(name);
    }

    void set(String name, Object value) {
        names.put(name, value);
    }

    Output output() {
        return output;
    }

    Budget budget() {
        return output.budget();
    }
}

package org.align4j.core.template.python;

import org.align4j.core.template.python.Access.Attributed;
import org.jspecify.annotations.Nullable;

/** An object whose attributes templates may set, so that a loop can pass something on. */
public final class Namespace implements Attributed {
    private final Dict attributes;
    private final Budget budget;

    Namespace(Dict attributes, Budget budget) {
        this.attributes = attributes;
        this.budget = budget;
    }

    public void set(String name, Object value) {
        attributes.put(name, value);
    }

    @Override
    public @Nullable Object attribute(String name) {
        return attributes.get(name);
    }

    @Override
    public String typeName() {
        return "Namespace";
    }

    @Override
    public String toString() {
        return "<Namespace " + Repr.of(attributes, budget) + ">";
    }
}

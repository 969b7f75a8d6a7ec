package org.align4j.core.template.python;

import org.jspecify.annotations.Nullable;

/** An object with named attributes: a namespace, a loop, a macro. */
public interface Attributed {
    /** The attribute's value; null where there is none. */
    @Nullable
    Object attribute(String name);

    /** The name of its type. */
    String typeName();
}

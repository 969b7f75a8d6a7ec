package org.align4j.core.template.python;

import java.util.Iterator;

/**
 * A sequence that can be gone through once, as filters give it.
 *
 * @param name what made it
 * @param iterator the elements that are left
 */
record GeneratorObject(String name, Iterator<Object> iterator) {
    @Override
    public String toString() {
        return "<generator object " + name + ">";
    }
}

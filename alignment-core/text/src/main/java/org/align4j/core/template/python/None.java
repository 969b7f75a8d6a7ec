package org.align4j.core.template.python;

/** The value {@code None} of Python. */
public enum None {
    NONE;

    @Override
    public String toString() {
        return "None";
    }
}

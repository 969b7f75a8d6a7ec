package org.align4j.core.doctor.log;

import java.util.Locale;

/** How bad a finding is; the later, the worse. */
public enum Level {
    /** Nothing to do. */
    GREEN,
    /** Worth a look. */
    AMBER,
    /** To be mended before training. */
    RED;

    /** The name as files have it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}

package org.align4j.core.cli.data;

import org.align4j.core.doctor.log.Finding.Level;

/** From which level on a finding makes the command fail. */
enum FailOn {
    /** Findings to be mended. */
    RED,
    /** Findings worth a look, too. */
    AMBER,
    /** Nothing does. */
    NEVER;

    boolean fails(Level verdict) {
        return switch (this) {
            case RED -> verdict == Level.RED;
            case AMBER -> verdict != Level.GREEN;
            case NEVER -> false;
        };
    }
}

package org.align4j.core.run;

/**
 * A change of an option or a file since the run was begun.
 *
 * @param name an option's, or {@code hashes.data} for a file's contents as manifest.json names them
 * @param before what it was
 * @param after what it is now
 */
public record RunChange(String name, String before, String after) {
    private static final int SHOWN = 40;

    /** Writes the change for people: {@code learning-rate 1.0E-4 → 0.01}; long values are cut. */
    @Override
    public String toString() {
        return name + " " + shown(before) + " \u2192 " + shown(after);
    }

    private static String shown(String value) {
        return value.length() <= SHOWN ? value : value.substring(0, SHOWN) + "\u2026";
    }
}

package org.align4j.core.cli;

import java.util.Collection;
import java.util.List;

/** The name under which the program was started: {@code align}, or {@code align-data} from the small zip, which has the commands for data. */
enum Program {
    ALIGN("align", "Aligns language models with preferences, and shows whether it worked."),
    ALIGN_DATA(
            "align-data",
            "Examines, converts and divides rows for aligning language models, and shows what a model sees of them.");

    private final String label;
    private final String summary;

    Program(String label, String summary) {
        this.label = label;
        this.summary = summary;
    }

    /** Returns the program that the launcher says; {@code align} where nothing is said. */
    static Program started() {
        return System.getProperty("align4j.program", "").equals(ALIGN_DATA.label) ? ALIGN_DATA : ALIGN;
    }

    /** Returns what a person types. */
    String label() {
        return label;
    }

    /** Says in a sentence what the program is for. */
    String summary() {
        return summary;
    }

    /** Returns a command line that is written for {@code align} as this program takes it. */
    String typed(String line) {
        return line.startsWith(ALIGN.label + " ") ? label + line.substring(ALIGN.label.length()) : line;
    }

    /** Returns where a command may be that this program lacks; empty where it has all that there are. */
    String elsewhere(Collection<String> commands) {
        return this == ALIGN
                ? ""
                : " " + label + " has " + String.join(", ", List.copyOf(commands))
                        + "; all others are commands of align, in align4j-VERSION.zip.";
    }
}

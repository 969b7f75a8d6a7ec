package org.align4j.core.doctor.log;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.eval.Interval;

/** What the figure of a finding says, and in which unit. */
public enum Measure {
    /** The share of the rows in which something was found. */
    FOUND_ROWS("rows with it", "%", true),
    /** The share of pairs of unequal length whose longer answer is the chosen one. */
    LONGER_CHOSEN("pairs whose longer answer is chosen", "%", true),
    /** The share of pairs in which the answer of the first slot is the chosen one. */
    FIRST_CHOSEN("pairs whose first slot is chosen", "%", true),
    /** The area under the curve of the strongest feature: the share of pairs whose chosen answer has more of it, ties half. */
    AUC("AUC of the strongest feature", "", false),
    /** The share of judgements that are the wrong way round. */
    WRONG_LABELS("labels the wrong way round (\u03b5)", "%", true),
    /** The share of pairs whose answers are far from what the model writes. */
    DISTANT_PAIRS("pairs far from the model's own answers", "%", true),
    /** How many rows there are. */
    ROW_COUNT("rows in all", "rows", false),
    /** The memory at the peak over the memory that there is. */
    MEMORY("memory at the peak, of what there is", "%", true);

    private final String words;
    private final String unit;
    private final boolean percent;

    Measure(String words, String unit, boolean percent) {
        this.words = words;
        this.unit = unit;
        this.percent = percent;
    }

    /** Returns what the figure of a check says. */
    static Measure of(String id) {
        return switch (id) {
            case "length-bias" -> LONGER_CHOSEN;
            case "position" -> FIRST_CHOSEN;
            case "shortcuts" -> AUC;
            case "label-noise" -> WRONG_LABELS;
            case "policy-distance" -> DISTANT_PAIRS;
            case "few" -> ROW_COUNT;
            case "forecast" -> MEMORY;
            default -> FOUND_ROWS;
        };
    }

    /** Says in a few words what the figure is. */
    public String words() {
        return words;
    }

    /** Whether the figure is a share that lies between 0 and 1. */
    public boolean isShare() {
        return this != ROW_COUNT && this != MEMORY;
    }

    /** Writes a figure with its unit: {@code 1.20 %}, {@code 0.54}, {@code 800 rows}. */
    public String text(double value) {
        return unit.isEmpty() ? number(value) : number(value) + " " + unit;
    }

    /** Writes the bounds of a figure, which have its unit. */
    public String text(Interval interval) {
        return number(interval.low()) + " to " + number(interval.high());
    }

    private String number(double value) {
        return this == ROW_COUNT ? format("%,.0f", value) : format("%.2f", percent ? 100 * value : value);
    }

    /** Writes a threshold, without needless zeros. */
    public String bound(double value) {
        String number = this == ROW_COUNT ? format("%,.0f", value) : format("%.2f", percent ? 100 * value : value);
        String plain = number.contains(".") ? number.replaceFirst("0+$", "").replaceFirst("\\.$", "") : number;
        return unit.isEmpty() ? plain : plain + " " + unit;
    }
}

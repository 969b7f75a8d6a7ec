package org.align4j.core.doctor.log;

import static org.align4j.core.error.RootFormat.format;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;
import org.jspecify.annotations.Nullable;

/**
 * Holds the result of one check.
 *
 * @param id the check's name
 * @param level how bad it is
 * @param counted in how many rows it was found
 * @param figure what the level is about
 * @param advice one sentence that ends in an option; empty where nothing was found
 * @param seen in which rows it was found
 * @param figures that only this check has, by the name that it has in doctor.json
 */
public record Finding(
        String id, Level level, Counted counted, Figure figure, String advice, Seen seen, Map<String, Object> figures) {
    private static final double CONFIDENCE = 0.95;

    public Finding {
        figures = new LinkedHashMap<>(figures);
    }

    /**
     * In how many rows a check found something.
     *
     * @param found of {@code rows}
     * @param rows how many the check could look at
     */
    public record Counted(long found, long rows) {}

    /**
     * The figure that a check's level is about.
     *
     * @param rate mostly found over rows
     * @param interval 95 % of the rate, null where it has none
     * @param threshold from which rate on it is amber, and red
     */
    public record Figure(double rate, @Nullable Interval interval, Threshold threshold) {}

    /**
     * The rows in which a check found something.
     *
     * @param sightings every row it was found in
     * @param removable the rows that {@code --fix} leaves out
     */
    public record Seen(List<Sighting> sightings, List<Sighting> removable) {
        /** No row is named. */
        public static final Seen NOWHERE = new Seen(List.of(), List.of());
    }

    /** Returns how many of {@link #rows} it was found in. */
    public long count() {
        return counted.found;
    }

    /** Returns how many rows the check could look at. */
    public long rows() {
        return counted.rows;
    }

    /** Returns the figure that the threshold is about; mostly count over rows. */
    public double rate() {
        return figure.rate;
    }

    /** Returns 95 % of the rate, null where it has none. */
    public @Nullable Interval interval() {
        return figure.interval;
    }

    /** Returns from which rate on the finding is amber, and red. */
    public Threshold threshold() {
        return figure.threshold;
    }

    /** Returns every row it was found in. */
    public List<Sighting> sightings() {
        return seen.sightings;
    }

    /** Returns the rows that {@code --fix} leaves out. */
    public List<Sighting> removable() {
        return seen.removable;
    }

    /**
     * Makes the finding of a check that counts rows.
     *
     * @param rows how many it looked at, at least one
     * @param sightings those in which it found something, each at most once; {@code --fix} leaves them out
     * @param advice what to do if anything was found
     */
    public static Finding ofCount(String id, Threshold threshold, long rows, List<Sighting> sightings, String advice) {
        return ofCount(id, threshold, rows, sightings.size(), sightings, advice);
    }

    /** Makes such a finding of which not every sighting is held: {@code count} of {@code rows}. */
    public static Finding ofCount(
            String id, Threshold threshold, long rows, long count, List<Sighting> sightings, String advice) {
        Proportion share = new Proportion(Math.toIntExact(count), Math.toIntExact(rows));
        Level level = threshold.level(share.rate());
        return new Finding(
                id,
                level,
                new Counted(count, rows),
                new Figure(share.rate(), share.wilson(CONFIDENCE), threshold),
                count == 0 ? "" : advice,
                new Seen(sightings, sightings),
                Map.of());
    }

    /** This finding, of which {@code --fix} leaves out other rows than those it was seen in. */
    public Finding removing(List<Sighting> rows) {
        return new Finding(id, level, counted, figure, advice, new Seen(seen.sightings, List.copyOf(rows)), figures);
    }

    /** Returns this finding at another level, for another reason. */
    public Finding at(Level other, String otherAdvice) {
        return new Finding(id, other, counted, figure, otherAdvice, seen, figures);
    }

    /** Returns this finding with one more figure. */
    public Finding with(String name, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(figures);
        more.put(name, value);
        return new Finding(id, level, counted, figure, advice, seen, more);
    }

    /** What the figure says, and in which unit. */
    public Measure measure() {
        return Measure.of(id);
    }

    /** Whether the figure is known; else it is what bounds it from above. */
    public boolean isTold() {
        return !Boolean.FALSE.equals(figures.get("identifiable"));
    }

    /** The figures in words: how many rows, and the figure with its unit and its interval. */
    public String said() {
        Measure measure = measure();
        double rate = rate();
        Interval interval = interval();
        long count = count();
        long rows = rows();
        String value = measure.text(rate) + (interval == null ? "" : " (" + measure.text(interval) + ")");
        if (!isTold()) {
            return format("%s of %,d can't be estimated, %s at most", measure.words(), rows, measure.text(rate));
        }
        return switch (measure) {
            case FOUND_ROWS -> format("%,d of %,d rows, %s", count, rows, value);
            case LONGER_CHOSEN, FIRST_CHOSEN, DISTANT_PAIRS ->
                format("%s: %,d of %,d, %s", measure.words(), count, rows, value);
            case AUC -> format("%s: %s in %,d pairs", measure.words(), value, rows);
            case WRONG_LABELS -> format("%s: %s of %,d, of which %,d are named", measure.words(), value, rows, count);
            case ROW_COUNT -> format("%,d %s", rows, measure.words());
            case MEMORY -> measure.words() + ": " + value;
        };
    }

    /**
     * Holds the values from which on a finding is amber and red; null where it never is. Zero means any value above it.
     *
     * @param middle what values are counted from, either way; mostly 0
     * @param amber the lower one
     * @param red the higher one
     */
    public record Threshold(
            double middle, @Nullable Double amber, @Nullable Double red) {
        /** Anything found is red. */
        public static final Threshold ANY_IS_RED = new Threshold(null, 0.0);

        /** Anything found is amber, and red from {@code red} on. */
        public static Threshold any(double red) {
            return new Threshold(0.0, red);
        }

        /** Rounding of a difference must not decide. */
        private static final double ROUNDING = 1e-12;

        public Threshold(@Nullable Double amber, @Nullable Double red) {
            this(0, amber, red);
        }

        /** The level of a value. */
        public Level level(double value) {
            double distance = middle == 0 ? value : Math.abs(value - middle) + ROUNDING;
            if (reached(distance, red)) {
                return Level.RED;
            }
            return reached(distance, amber) ? Level.AMBER : Level.GREEN;
        }

        private static boolean reached(double value, @Nullable Double bound) {
            return bound != null && (bound == 0 ? value > 0 : value >= bound);
        }
    }

    /** How bad a finding is; the later, the worse. */
    public enum Level {
        /** Nothing to do. */
        GREEN,
        /** Worth a look. */
        AMBER,
        /** To be fixed before training. */
        RED;

        /** Returns the name in files. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A row in which something was found.
     *
     * @param row its number
     * @param other the number of the row that it belongs with, or {@link #ALONE}
     * @param note what is special about this row, or null
     * @param component the smallest number among all rows that it is connected with, through others too, or {@link #ALONE}
     */
    public record Sighting(int row, int other, @Nullable String note, int component) implements Serializable {
        /** No other row has to do with it. */
        public static final int ALONE = -1;

        /** A row that is in no component. */
        public Sighting(int row, int other, @Nullable String note) {
            this(row, other, note, ALONE);
        }

        public static Sighting of(int row) {
            return new Sighting(row, ALONE, null);
        }

        public static Sighting of(int row, String note) {
            return new Sighting(row, ALONE, note);
        }

        public static Sighting of(int row, int other) {
            return new Sighting(row, other, null);
        }

        /** Returns this sighting in a component. */
        public Sighting in(int smallest) {
            return new Sighting(row, other, note, smallest);
        }
    }

    /** The quantity and the unit that a finding's figure has. */
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
        /** The number of rows. */
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
}

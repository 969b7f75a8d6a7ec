package org.align4j.core.data.convert;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.align4j.core.data.row.Origin;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/** What became of the rows of a conversion: rows read are rows converted and rows left out. */
public final class Conversion implements Serializable {
    /** The rows left out that are named of each of many files, whose rows several machines convert. */
    static final int NAMED = 20;

    private static final long serialVersionUID = 1L;
    private static final int SHOWN = 2;

    private final int named;
    private final ArrayList<Source> sources = new ArrayList<>();
    private final ArrayList<LeftOut> leftOut = new ArrayList<>();
    private final LinkedHashMap<String, Integer> reasons = new LinkedHashMap<>();
    private final ArrayList<Sample> samples = new ArrayList<>();
    private final LinkedHashMap<String, Integer> notes = new LinkedHashMap<>();
    private final LinkedHashMap<String, Integer> pairsLeftOut = new LinkedHashMap<>();
    private final TreeSet<String> leftBehind = new TreeSet<>();
    private int converted;
    private int written;
    private int unfits;
    private boolean graded;
    private boolean gapped;
    private boolean convertedLast;
    private String lastReason = "";

    /** @param named of how many rows that are left out the place is kept; all are counted */
    Conversion(int named) {
        this.named = named;
    }

    /** Makes a conversion of no file, to which those of files can be added in their order. */
    public Conversion() {
        this(Integer.MAX_VALUE);
    }

    /**
     * A file that was read.
     *
     * @param file the file as the user named it
     * @param layout the layout of its rows
     * @param evidence what says so
     * @param rows how many it has
     */
    public record Source(String file, String layout, String evidence, int rows) implements Serializable {}

    /**
     * A row that is not in the output.
     *
     * @param file the file as the user named it
     * @param line the line, from 1, on which it starts
     * @param reason why, as a sentence about the row goes on
     */
    public record LeftOut(String file, int line, String reason) implements Serializable {}

    /**
     * A row as it was read and as it was written.
     *
     * @param place file and line
     * @param read the fields of the file
     * @param written the rows that were made of it
     */
    public record Sample(
            String place, Map<String, ? extends @Nullable Object> read, List<Map<String, @Nullable Object>> written)
            implements Serializable {}

    /** Adds what became of the rows of files that follow. */
    public void add(Conversion next) {
        sources.addAll(next.sources);
        leftOut.addAll(next.leftOut);
        next.reasons.forEach((reason, rows) -> reasons.merge(reason, rows, Integer::sum));
        next.samples.stream().limit(SHOWN - samples.size()).forEach(samples::add);
        next.notes.forEach((sentence, rows) -> notes.merge(sentence, rows, Integer::sum));
        next.pairsLeftOut.forEach(this::leavePairsOut);
        leftBehind.addAll(next.leftBehind);
        converted = Math.addExact(converted, next.converted);
        written = Math.addExact(written, next.written);
        unfits += next.unfits;
        graded |= next.graded;
        gapped |= next.gapped;
    }

    /**
     * Refuses rows of which none can be what is written, as they are of another kind, and rules that speak of what no row has.
     *
     * @throws InputException where that is so
     */
    public void requireUse(ConversionRules rules) {
        if (unfits > 0 && unfits == rows()) {
            LeftOut first = leftOut.get(0);
            throw new InputException(first.file() + ":" + first.line() + ": this row " + first.reason()
                    + ", and none of the " + unfits + " rows can be written as "
                    + rules.target().label()
                    + "; --to trl writes each as what it is.");
        }
        if (rules.pairs() != null && !graded) {
            throw new InputException("pairs chooses among several graded answers, but no row has such; drop --pairs.");
        }
        if (rules.minGap() != null && !gapped) {
            throw new InputException(
                    "min-gap compares ranks, ratings or margins, but no row has such; drop --min-gap.");
        }
    }

    /** Notes a row that holds what the layout that is written can't. */
    void seeUnfit() {
        unfits++;
    }

    /** Notes a row with several graded answers. */
    void seeGrades() {
        graded = true;
    }

    /** Notes answers of which it is known how far apart they are. */
    void seeGap() {
        gapped = true;
    }

    void source(Source source) {
        sources.add(source);
    }

    void leaveOut(Origin origin, String reason) {
        if (leftOut.size() < named) {
            leftOut.add(new LeftOut(origin.file(), origin.line(), reason));
        }
        reasons.merge(reason, 1, Integer::sum);
        convertedLast = false;
        lastReason = reason;
    }

    /** Counts a row that was read as a part of the last one. */
    void join(Origin origin) {
        if (convertedLast) {
            converted++;
        } else {
            leaveOut(origin, lastReason);
        }
    }

    void leavePairsOut(String reason, int count) {
        pairsLeftOut.merge(reason, count, Integer::sum);
    }

    void note(String sentence) {
        notes.merge(sentence, 1, Integer::sum);
    }

    void leaveBehind(String key) {
        leftBehind.add(key);
    }

    void convert(
            Origin origin, Map<String, ? extends @Nullable Object> read, List<Map<String, @Nullable Object>> rows) {
        converted++;
        convertedLast = true;
        written += rows.size();
        if (samples.size() < SHOWN) {
            samples.add(new Sample(origin.place(), read, List.copyOf(rows)));
        }
    }

    /** Returns the input files in order. */
    public List<Source> sources() {
        return List.copyOf(sources);
    }

    /** The first rows that were converted. */
    public List<Sample> samples() {
        return List.copyOf(samples);
    }

    /** The rows that are not in the output, in order: all, or the first of each file where several machines converted them. */
    public List<LeftOut> leftOut() {
        return List.copyOf(leftOut);
    }

    /** Counts the rows that are not in the output, by reason. */
    public Map<String, Integer> reasons() {
        return new LinkedHashMap<>(reasons);
    }

    /** Counts pairs of several answers that were not made, by reason; their rows gave other pairs. */
    public Map<String, Integer> pairsLeftOut() {
        return new LinkedHashMap<>(pairsLeftOut);
    }

    /** Counts rows for each sentence that is to be reported of them. */
    public Map<String, Integer> notes() {
        return new LinkedHashMap<>(notes);
    }

    /** The keys of the input that no written row has. */
    public List<String> leftBehind() {
        return List.copyOf(leftBehind);
    }

    /** Counts the rows that were read. */
    public int rows() {
        return converted + reasons.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Counts the rows that were read and are in the output. */
    public int converted() {
        return converted;
    }

    /** Counts the rows of the output: in some layouts several for one row that was read. */
    public int written() {
        return written;
    }
}

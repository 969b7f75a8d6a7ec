package org.align4j.core.compare;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.data.row.Origin;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.eval.win.AlpacaAnchors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the two files that AlpacaEval 2's length control needs. Both are tables with the instruction's number, from 0, in the first
 * column.
 */
public final class AlpacaFiles {
    private static final String DIFFICULTY = "instruction_difficulty";

    /** So far apart the difficulties of both files may be, as text of a table rounds. */
    private static final double ROUNDING = 1e-6;

    private AlpacaFiles() {}

    /**
     * Reads the baselines' annotations and the instructions' difficulties.
     *
     * @param baselines labelled answers of the gamed baselines, {@code df_gamed.csv}: columns preference, std_delta_len and
     *     instruction_difficulty
     * @param difficulty {@code instruction_difficulty.csv}: a column instruction_difficulty
     * @throws InputException naming file and line, where a number is missing or the files don't belong together
     */
    public static AlpacaAnchors read(Path baselines, Path difficulty) {
        Map<Integer, Double> difficulties = new TreeMap<>();
        ObjectFile.of(difficulty).each((line, row, fields) -> {
            Origin origin = new Origin(difficulty.toString(), line, row);
            if (difficulties.put(instruction(origin, fields), number(origin, fields, DIFFICULTY)) != null) {
                throw origin.error(
                        "this instruction has a difficulty already; give AlpacaEval's instruction_difficulty.csv.");
            }
        });
        List<AlpacaAnchors.Anchor> anchors = new ArrayList<>();
        ObjectFile.of(baselines).each((line, row, fields) -> {
            Origin origin = new Origin(baselines.toString(), line, row);
            int instruction = instruction(origin, fields);
            Double known = difficulties.get(instruction);
            double own = number(origin, fields, DIFFICULTY);
            if (known == null || !(Math.abs(known - own) <= ROUNDING * Math.max(1, Math.abs(own)))) {
                throw origin.error(format(
                        "instruction %d has the difficulty %s, in %s %s; give two files that belong together.",
                        instruction, own, difficulty, known == null ? "none" : known));
            }
            if (!unjudged(fields)) {
                double win = number(origin, fields, "preference");
                if (!(win >= 0 && win <= 1)) {
                    throw origin.error(
                            format("\"preference\" is %s but is what a baseline gets, from 0 to 1, or empty.", win));
                }
                anchors.add(new AlpacaAnchors.Anchor(instruction, win, number(origin, fields, "std_delta_len")));
            }
        });
        return new AlpacaAnchors(difficulties, anchors);
    }

    /** Whether the judge gave no verdict on a baseline's answer. */
    private static boolean unjudged(Map<String, @Nullable Object> fields) {
        Object given = fields.get("preference");
        return fields.containsKey("preference")
                && (given == null || given.toString().isBlank());
    }

    private static int instruction(Origin origin, Map<String, @Nullable Object> fields) {
        String first = fields.keySet().iterator().next();
        double value = number(origin, fields, first);
        if (value < 0 || value > Integer.MAX_VALUE || value != Math.rint(value)) {
            throw origin.error(
                    format("the first column holds %s but must hold the instruction's number, from 0.", value));
        }
        return (int) value;
    }

    private static double number(Origin origin, Map<String, @Nullable Object> fields, String column) {
        Object given = fields.get(column);
        try {
            double value = given == null
                    ? Double.NaN
                    : Double.parseDouble(given.toString().strip());
            if (Double.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException e) {
            // It is no number, as an empty cell isn't; both are reported below.
        }
        throw origin.error(format(
                "\"%s\" is %s but must be a number; alpaca-baselines is AlpacaEval's df_gamed.csv, alpaca-difficulty its"
                        + " instruction_difficulty.csv.",
                column, given == null ? "missing" : Shortened.of(given)));
    }
}

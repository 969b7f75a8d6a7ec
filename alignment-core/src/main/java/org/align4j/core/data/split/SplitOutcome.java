package org.align4j.core.data.split;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a split made of its rows.
 *
 * @param rules how they were divided
 * @param inputs the files that were read
 * @param parts the files that were written
 * @param rows how many rows were read
 * @param leftOut how many of them are in no part, by reason
 * @param cuts the times at which parts begin, but for the first
 * @param strata for each value of the stratified field the rows of each part
 */
public record SplitOutcome(
        DivisionRules rules,
        List<Input> inputs,
        List<Part> parts,
        int rows,
        Map<String, Integer> leftOut,
        List<String> cuts,
        Map<String, int[]> strata) {

    /**
     * A file that was read.
     *
     * @param file the file as the user named it
     * @param sha256 the hash of its bytes
     */
    public record Input(String file, String sha256) {}

    /**
     * A file that was written.
     *
     * @param name the part
     * @param file the file's name
     * @param asked its share as asked
     * @param rows how many rows it has
     * @param groups how many groups these are
     * @param sha256 the hash of its bytes
     */
    public record Part(String name, String file, double asked, int rows, int groups, String sha256) {
        private static final double TOLERATED = 0.1;

        /**
         * Tells whether its rows are more or fewer than was asked by over a tenth of that, and by a row or more.
         *
         * @param all the rows of all parts
         */
        public boolean misses(int all) {
            double wanted = asked * all;
            return Math.abs(rows - wanted) >= 1 && Math.abs(rows - wanted) > TOLERATED * wanted;
        }
    }

    /** Returns what {@code split.json} holds. */
    public Map<String, Object> document() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("by", rules.by().label());
        document.put("seed", rules.seed());
        document.put("rows", rows);
        document.put("inputs", inputs);
        Map<String, Object> written = new LinkedHashMap<>();
        for (Part part : parts) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("file", part.file);
            fields.put("fraction", part.asked);
            fields.put("rows", part.rows);
            fields.put("groups", part.groups);
            fields.put("sha256", part.sha256);
            written.put(part.name, fields);
        }
        document.put("parts", written);
        document.put("left_out", leftOut);
        if (rules.capPerUser() != null) {
            document.put("cap_per_user", rules.capPerUser());
        }
        if (!cuts.isEmpty()) {
            document.put("cuts", cuts);
        }
        if (rules.stratify() != null) {
            document.put("stratify", Map.of("field", rules.stratify(), "rows", byValue()));
        }
        return document;
    }

    private Map<String, Object> byValue() {
        Map<String, Object> values = new LinkedHashMap<>();
        strata.forEach((value, counts) -> {
            Map<String, Integer> ofParts = new LinkedHashMap<>();
            for (int part = 0; part < counts.length; part++) {
                ofParts.put(parts.get(part).name, counts[part]);
            }
            values.put(value, ofParts);
        });
        return values;
    }
}

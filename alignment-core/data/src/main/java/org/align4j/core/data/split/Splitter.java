package org.align4j.core.data.split;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.align4j.core.data.file.RowLine;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.split.DivisionRules.GroupBy;
import org.align4j.core.error.InputException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.Json;
import org.align4j.core.files.OutputFile;
import org.align4j.core.weights.FileHash;
import org.jspecify.annotations.Nullable;

/**
 * Divides the rows of files into parts. A group goes where a seeded hash of what its rows share says, so that the same rows go the
 * same way whatever comes with them, and rows that are added later move none.
 */
public final class Splitter {

    private final RowStream rows;
    private final DivisionRules rules;
    private final Map<String, Integer> leftOut = new LinkedHashMap<>();

    private Splitter(RowSource source, DivisionRules rules, IntConsumer watcher) {
        this.rows = new RowStream(source, watcher);
        this.rules = rules;
    }

    /**
     * Writes a file for each part, and {@code split.json}, into a folder that is new or empty.
     *
     * @param watcher receives how many rows more were read; every row is read {@link DivisionRules#readings} times
     * @throws InputException where a row can't be read or lacks what is asked for, with file and line; nothing is written then
     */
    public static SplitOutcome split(RowSource source, DivisionRules rules, Path out, IntConsumer watcher)
            throws IOException {
        Path folder = OutputFile.folderBehindLinks(out);
        requireFresh(out, folder);
        Splitter splitter = new Splitter(source, rules, watcher);
        Placing placing = splitter.prepare();
        Folders.makeParent(folder);
        SplitOutcome[] outcome = new SplitOutcome[1];
        AtomicDirectory.replace(folder, aside -> {
            outcome[0] = splitter.write(placing, aside);
            FreshFile.write(
                    aside.resolve("split.json"),
                    Json.indented(outcome[0].document()).getBytes(StandardCharsets.UTF_8));
        });
        return outcome[0];
    }

    /**
     * Divides the rows of one file of many, by rules under which a row's part follows from the row: each goes where {@link #split} has it.
     *
     * @param rules that look at no other row, as {@link DivisionRules#reasonForOneMachine} says
     * @param receiver takes the rows that are in a part, in their order
     * @return how many rows are in no part, by reason
     * @throws InputException where a row can't be read or lacks what is asked for, with file and line
     */
    public static Map<String, Integer> divide(RowSource file, DivisionRules rules, Placed receiver) {
        Splitter splitter = new Splitter(file, rules, rows -> {});
        Placing placing = splitter.prepare();
        splitter.place(placing, (place, fields) -> receiver.row(place.part(), place.group(), fields));
        return splitter.leftOut;
    }

    /** Takes the rows of parts. */
    public interface Placed {
        /**
         * Takes a row.
         *
         * @param part the number of its part
         * @param group the hash of what it shares with the rows of its group
         */
        void row(int part, long group, Map<String, @Nullable Object> fields);
    }

    /**
     * Refuses a folder for the parts that is neither new nor empty.
     *
     * @throws InputException where it isn't
     */
    public static void requireFresh(Path asked, Path folder) throws IOException {
        if (Files.exists(folder)
                && (!Files.isDirectory(folder) || !Folders.list(folder).isEmpty())) {
            throw new InputException("out is " + asked + ", which is "
                    + (Files.isDirectory(folder) ? "not empty" : "a file") + "; give a new or empty directory.");
        }
    }

    private Placing prepare() {
        if (rules.badRows() == BadRows.DROP) {
            boolean parsed = rules.by().byPrompt();
            leftOut.putAll(rows.leaveOutBad(parsed, (origin, fields) -> Placing.requireFields(rules, origin, fields)));
        }
        Integer most = rules.capPerUser();
        if (most != null) {
            int capped = UserCap.apply(rows, most, rules.seed());
            if (capped > 0) {
                leftOut.put("more than " + most + " rows of one user", capped);
            }
        }
        return Placing.of(rows, rules);
    }

    private SplitOutcome write(Placing placing, Path folder) throws IOException {
        List<String> names = rules.fractions().names();
        List<PartFile> files = new ArrayList<>();
        List<SplitOutcome.Part> parts = new ArrayList<>();
        try {
            for (String name : names) {
                files.add(new PartFile(folder.resolve(name + ".jsonl")));
            }
            fill(placing, files);
            for (int part = 0; part < files.size(); part++) {
                parts.add(files.get(part)
                        .finish(names.get(part), rules.fractions().shares().get(part)));
            }
        } finally {
            for (PartFile file : files) {
                file.close();
            }
        }
        int used = parts.stream().mapToInt(SplitOutcome.Part::rows).sum();
        int all = used + leftOut.values().stream().mapToInt(Integer::intValue).sum();
        List<SplitOutcome.Input> inputs = rows.files().stream()
                .map(file -> new SplitOutcome.Input(file.toString(), FileHash.sha256(file)))
                .toList();
        return new SplitOutcome(rules, inputs, parts, all, leftOut, placing.cuts(), placing.strata());
    }

    private void fill(Placing placing, List<PartFile> files) {
        place(placing, (place, fields) -> files.get(place.part()).add(RowLine.of(fields), place.group()));
    }

    private void place(Placing placing, BiConsumer<Placing.Place, Map<String, @Nullable Object>> placed) {
        RowStream.Prompts receiver =
                (origin, fields, prompt) -> placed.accept(placing.next(origin, fields, prompt), fields);
        if (rules.by().byPrompt()) {
            rows.prompts(receiver);
        } else {
            rows.read((origin, fields) -> receiver.row(origin, fields, ""));
        }
    }

    /**
     * Counts the rows of each part that a split wrote.
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
             * Returns whether its rows are more or fewer than was asked by over a tenth of that, and by a row or more.
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

    /** Leaves rows of users out who have more than others may: a choice by a seeded hash of the rows. */
    private static final class UserCap {
        private UserCap() {}

        /** Leaves rows out of a stream; returns how many. */
        static int apply(RowStream rows, int most, long seed) {
            ImmutableLongArray.Builder users = ImmutableLongArray.builder();
            ImmutableLongArray.Builder draws = ImmutableLongArray.builder();
            ImmutableIntArray.Builder numbers = ImmutableIntArray.builder();
            rows.read((origin, fields) -> {
                users.add(RowKeys.hash(0, RowKeys.field(origin, fields, "cap-per-user", GroupBy.USER.fields())));
                draws.add(RowKeys.hash(seed, RowLine.text(fields)));
                numbers.add(origin.row());
            });
            Capped capped = new Capped(users.build(), draws.build(), numbers.build());
            return capped.leaveOut(rows, most);
        }

        /**
         * The rows that are read.
         *
         * @param users hashes of their users
         * @param draws their draws: of a user's rows those with the least are used
         * @param numbers their numbers in the stream
         */
        private record Capped(ImmutableLongArray users, ImmutableLongArray draws, ImmutableIntArray numbers) {
            int leaveOut(RowStream rows, int most) {
                Integer[] order = IntStream.range(0, users.length()).boxed().toArray(Integer[]::new);
                Arrays.sort(
                        order,
                        Comparator.<Integer>comparingLong(users::get)
                                .thenComparingLong(draws::get)
                                .thenComparing(Comparator.naturalOrder()));
                int count = 0;
                int ofUser = 0;
                for (int i = 0; i < order.length; i++) {
                    ofUser = i > 0 && users.get(order[i]) == users.get(order[i - 1]) ? ofUser + 1 : 1;
                    if (ofUser > most) {
                        rows.leaveOut(numbers.get(order[i]));
                        count++;
                    }
                }
                return count;
            }
        }
    }
}

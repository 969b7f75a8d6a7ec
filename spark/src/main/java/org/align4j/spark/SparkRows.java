package org.align4j.spark;

import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.align4j.core.data.convert.Conversion;
import org.align4j.core.data.convert.ConversionRules;
import org.align4j.core.data.convert.Converter;
import org.align4j.core.data.file.FileForm;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.data.file.RowLine;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.split.DivisionRules;
import org.align4j.core.data.split.Splitter;
import org.align4j.core.data.split.Splitter.SplitOutcome;
import org.align4j.core.error.InputException;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.Json;
import org.align4j.core.weights.FileHash;
import org.align4j.spark.DataShards.Local;
import org.align4j.spark.DataShards.ShardWriter;
import org.align4j.spark.DataShards.Written;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/** Makes files of rows on executors: a task reads a file and writes a shard of each part, so that the rows stay in their order. */
final class SparkRows {
    private final JavaSparkContext spark;
    private final ReadFiles files;

    /**
     * The files that are read, and how.
     *
     * @param names in their order
     */
    record ReadFiles(
            List<String> names, RowFormat format, Columns columns, FileForm form, SerializableConfiguration hadoop)
            implements Serializable {
        Local local(int file) {
            return Local.of(names.get(file), hadoop);
        }

        RowSource source(Path file) {
            return new RowSource(List.of(file), format, columns, form);
        }

        /** Counts the rows of a file; 0 where it can't be read. */
        int count(int file) {
            try (Local local = local(file)) {
                return source(local.path()).read(local.path(), false, new ObjectFile.Receiver() {
                    @Override
                    public void object(int line, Map<String, @Nullable Object> fields) {}

                    @Override
                    public void broken(int line, InputException error) {}
                });
            } catch (InputException e) {
                return 0;
            }
        }
    }

    SparkRows(JavaSparkContext spark, List<String> names, RowSource source) {
        this.spark = spark;
        this.files = new ReadFiles(
                List.copyOf(names),
                source.format(),
                source.columns(),
                source.form(),
                new SerializableConfiguration(spark.hadoopConfiguration()));
    }

    /**
     * Holds what a task made of one file, or why it could not.
     *
     * @param shards those that it wrote, by the number of their folder
     * @param said what else came of it; null with an error
     */
    private record Done<R>(
            int file,
            Map<Integer, Written> shards,
            @Nullable R said,
            @Nullable String error) implements Serializable {
        R result() {
            return Objects.requireNonNull(said);
        }
    }

    /** Makes a result of one file, in a task. */
    private interface Making<R> extends Serializable {
        R make(RowSource file, int index, List<ShardWriter> shards);
    }

    /**
     * Reads each file on an executor, which writes a shard into each folder that it has rows for.
     *
     * @return in the order of files
     * @throws InputException where one can't be made, of the first such file; nothing stays then
     */
    private <R> List<Done<R>> make(Path out, List<String> folders, Making<R> making) throws IOException {
        Splitter.requireFresh(out, out);
        String place = out.toAbsolutePath().toString();
        ReadFiles what = files;
        List<Done<R>> done = new ArrayList<>(shards().map(file -> make(what, file, Path.of(place), folders, making))
                .collect());
        done.sort(Comparator.comparingInt(Done::file));
        for (Done<R> file : done) {
            if (file.error != null) {
                DataShards.clear(out);
                throw new InputException(file.error);
            }
        }
        return done;
    }

    private static <R> Done<R> make(ReadFiles files, int file, Path out, List<String> folders, Making<R> making)
            throws IOException {
        List<ShardWriter> writers = new ArrayList<>();
        try (Local local = files.local(file)) {
            for (String folder : folders) {
                writers.add(new ShardWriter(out.resolve(folder), file));
            }
            R said = making.make(files.source(local.path()), file, writers);
            Map<Integer, Written> written = new TreeMap<>();
            for (int folder = 0; folder < writers.size(); folder++) {
                Written shard = writers.get(folder).finish();
                if (shard != null) {
                    written.put(folder, shard);
                }
            }
            return new Done<>(file, written, said, null);
        } catch (InputException e) {
            return new Done<>(file, Map.of(), null, String.valueOf(e.getMessage()));
        } finally {
            for (ShardWriter writer : writers) {
                writer.close();
            }
        }
    }

    /** Ends a folder of shards; returns their rows. */
    private static <R> long finish(Path folder, int number, List<Done<R>> done) throws IOException {
        Files.createDirectories(folder);
        return DataShards.finish(
                folder,
                done.stream()
                        .filter(file -> file.shards.containsKey(number))
                        .map(file -> file.shards.get(number))
                        .toList());
    }

    private JavaRDD<Integer> shards() {
        return LogShards.indices(spark, files.names.size());
    }

    /** Converts rows. */
    Conversion convert(ConversionRules rules, Path out) throws IOException {
        Splitter.requireFresh(out, out);
        int[] firsts = firsts();
        ReadFiles what = files;
        List<Done<Conversion>> done = make(
                out,
                List.of(""),
                (file, index, shards) -> Converter.convertOne(
                        file,
                        what.names.get(index),
                        firsts[index],
                        rules,
                        row -> shards.get(0).add(RowLine.of(row))));
        Conversion all = new Conversion();
        done.forEach(file -> all.add(file.result()));
        try {
            all.requireUse(rules);
        } catch (InputException refused) {
            DataShards.clear(out);
            throw refused;
        }
        finish(out, 0, done);
        return all;
    }

    /** Numbers the first row of each file among those of all. A file that can't be read has none: whoever converts it says why. */
    private int[] firsts() {
        ReadFiles what = files;
        int[] firsts = new int[files.names.size() + 1];
        shards().mapToPair(file -> new Tuple2<>(file, what.count(file)))
                .collect()
                .forEach(file -> firsts[file._1() + 1] = file._2());
        for (int file = 1; file < firsts.length; file++) {
            firsts[file] = Math.addExact(firsts[file], firsts[file - 1]);
        }
        return firsts;
    }

    /** Holds what came of a file that was divided. */
    private record Divided(String sha256, Map<String, Integer> leftOut) implements Serializable {}

    /** Divides rows into parts. */
    SplitOutcome split(DivisionRules rules, Path out) throws IOException {
        List<String> names = rules.fractions().names();
        List<Done<Divided>> done = make(out, names, (file, index, shards) -> {
            Map<String, Integer> leftOut = Splitter.divide(
                    file, rules, (part, group, fields) -> shards.get(part).add(RowLine.of(fields)));
            return new Divided(FileHash.sha256(file.files().get(0)), new LinkedHashMap<>(leftOut));
        });
        long[] groups = groups(rules, names.size());
        Map<String, Integer> leftOut = new LinkedHashMap<>();
        done.forEach(
                file -> file.result().leftOut.forEach((reason, rows) -> leftOut.merge(reason, rows, Integer::sum)));
        List<SplitOutcome.Part> parts = new ArrayList<>();
        for (int part = 0; part < names.size(); part++) {
            parts.add(part(rules, part, done, Math.toIntExact(groups[part]), out));
        }
        int used = parts.stream().mapToInt(SplitOutcome.Part::rows).sum();
        int all = used + leftOut.values().stream().mapToInt(Integer::intValue).sum();
        List<SplitOutcome.Input> inputs = done.stream()
                .map(file -> new SplitOutcome.Input(files.names.get(file.file), file.result().sha256))
                .toList();
        SplitOutcome outcome = new SplitOutcome(rules, inputs, parts, all, leftOut, rules.cuts(), Map.of());
        FreshFile.write(
                out.resolve("split.json"), Json.indented(outcome.document()).getBytes(StandardCharsets.UTF_8));
        return outcome;
    }

    private static SplitOutcome.Part part(DivisionRules rules, int part, List<Done<Divided>> done, int groups, Path out)
            throws IOException {
        String name = rules.fractions().names().get(part);
        Path folder = out.resolve(name);
        long rows = finish(folder, part, done);
        return new SplitOutcome.Part(
                name,
                name,
                rules.fractions().shares().get(part),
                Math.toIntExact(rows),
                groups,
                FileHash.sha256(folder.resolve(DataShards.MANIFEST)));
    }

    /** The group of a row in a part. */
    private record Member(int part, long group) implements Serializable {}

    /** Counts the groups of each part: each is sent once to where it is counted. */
    private long[] groups(DivisionRules rules, int parts) {
        ReadFiles what = files;
        Map<Integer, Long> counted = shards().flatMap(file -> members(what, file, rules))
                .distinct()
                .mapToPair(member -> new Tuple2<>(member.part, 1L))
                .reduceByKey(Long::sum)
                .collectAsMap();
        return IntStream.range(0, parts)
                .mapToLong(part -> counted.getOrDefault(part, 0L))
                .toArray();
    }

    private static Iterator<Member> members(ReadFiles files, int file, DivisionRules rules) {
        return new Pushed<>(out -> {
            try (Local local = files.local(file)) {
                Splitter.divide(
                        files.source(local.path()),
                        rules,
                        (part, group, fields) -> out.accept(new Member(part, group)));
            }
        });
    }
}

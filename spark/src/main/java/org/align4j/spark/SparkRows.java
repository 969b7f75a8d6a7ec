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
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.align4j.core.data.file.FileForm;
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

    /** What a task wrote of one file, or why it could not. */
    private record Divided(
            int file,
            String sha256,
            Map<Integer, Written> parts,
            Map<String, Integer> leftOut,
            @Nullable String error) implements Serializable {}

    /** The group of a row in a part. */
    private record Member(int part, long group) implements Serializable {}

    /** Divides rows into parts. */
    SplitOutcome split(DivisionRules rules, Path out) throws IOException {
        Splitter.requireFresh(out, out);
        String place = out.toAbsolutePath().toString();
        List<String> names = rules.fractions().names();
        ReadFiles what = files;
        List<Divided> divided = new ArrayList<>(
                shards().map(file -> divide(what, file, rules, Path.of(place))).collect());
        divided.sort(Comparator.comparingInt(Divided::file));
        for (Divided file : divided) {
            if (file.error != null) {
                DataShards.clear(out);
                throw new InputException(file.error);
            }
        }
        long[] groups = groups(rules, names.size());
        Map<String, Integer> leftOut = new LinkedHashMap<>();
        divided.forEach(file -> file.leftOut.forEach((reason, rows) -> leftOut.merge(reason, rows, Integer::sum)));
        List<SplitOutcome.Part> parts = new ArrayList<>();
        for (int part = 0; part < names.size(); part++) {
            parts.add(finish(rules, part, divided, Math.toIntExact(groups[part]), out));
        }
        int used = parts.stream().mapToInt(SplitOutcome.Part::rows).sum();
        int all = used + leftOut.values().stream().mapToInt(Integer::intValue).sum();
        List<SplitOutcome.Input> inputs = divided.stream()
                .map(file -> new SplitOutcome.Input(what.names.get(file.file), file.sha256))
                .toList();
        SplitOutcome outcome = new SplitOutcome(rules, inputs, parts, all, leftOut, rules.cuts(), Map.of());
        FreshFile.write(
                out.resolve("split.json"), Json.indented(outcome.document()).getBytes(StandardCharsets.UTF_8));
        return outcome;
    }

    private JavaRDD<Integer> shards() {
        List<Integer> indices = IntStream.range(0, files.names.size()).boxed().toList();
        return spark.parallelize(indices, indices.size());
    }

    private static Divided divide(ReadFiles files, int file, DivisionRules rules, Path out) throws IOException {
        List<ShardWriter> writers = new ArrayList<>();
        try (Local local = files.local(file)) {
            for (String name : rules.fractions().names()) {
                writers.add(new ShardWriter(out.resolve(name), file));
            }
            Map<String, Integer> leftOut = Splitter.divide(
                    files.source(local.path()),
                    rules,
                    (part, group, fields) -> writers.get(part).add(RowLine.of(fields)));
            Map<Integer, Written> written = new TreeMap<>();
            for (int part = 0; part < writers.size(); part++) {
                Written shard = writers.get(part).finish();
                if (shard != null) {
                    written.put(part, shard);
                }
            }
            return new Divided(file, FileHash.sha256(local.path()), written, new LinkedHashMap<>(leftOut), null);
        } catch (InputException e) {
            return new Divided(file, "", Map.of(), Map.of(), String.valueOf(e.getMessage()));
        } finally {
            for (ShardWriter writer : writers) {
                writer.close();
            }
        }
    }

    /** Counts the groups of each part: each is sent once to where it is counted. */
    private long[] groups(DivisionRules rules, int parts) {
        ReadFiles what = files;
        Map<Integer, Long> counted = shards().flatMap(file -> members(what, file, rules))
                .distinct()
                .mapToPair(member -> new scala.Tuple2<>(member.part, 1L))
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

    private static SplitOutcome.Part finish(DivisionRules rules, int part, List<Divided> divided, int groups, Path out)
            throws IOException {
        String name = rules.fractions().names().get(part);
        List<Written> shards = divided.stream()
                .filter(file -> file.parts.containsKey(part))
                .map(file -> file.parts.get(part))
                .toList();
        Path folder = out.resolve(name);
        Files.createDirectories(folder);
        long rows = DataShards.finish(folder, shards);
        return new SplitOutcome.Part(
                name,
                name,
                rules.fractions().shares().get(part),
                Math.toIntExact(rows),
                groups,
                FileHash.sha256(folder.resolve(DataShards.MANIFEST)));
    }
}

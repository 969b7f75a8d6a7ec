package org.align4j.core.cli.data;

import static org.align4j.core.error.RootFormat.format;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.data.convert.Conversion;
import org.align4j.core.data.convert.Conversion.LeftOut;
import org.align4j.core.data.convert.Conversion.Sample;
import org.align4j.core.data.convert.Converter;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.file.DataLines;
import org.align4j.core.data.file.RowLine;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.error.InputException;
import org.align4j.core.files.OutputFile;
import org.align4j.core.shards.ShardCluster;
import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/** {@code align convert}: rows of any layout written in another one. */
public final class ConvertCommand extends NamedCommand<ConvertOptions> {
    /** Names the command. */
    public ConvertCommand() {
        super("convert", "write rows of any layout in another one", ConvertOptions.class);
    }

    @Override
    public int run(ConvertOptions options, Terminal terminal) throws IOException {
        Path out = options.out();
        if (options.executors().isUsed()) {
            RowSource form = new RowSource(
                    List.of(),
                    options.source().from(),
                    options.source().columns(),
                    options.source().form());
            Conversion shared = ShardCluster.find(options.executors())
                    .convert(options.executors(), options.data(), form, options.rules(), out);
            new ConversionText(shared, options, terminal).show();
            return 0;
        }
        DataFiles.download(options.data(), terminal);
        RowSource source = RowSource.of(
                        "data",
                        options.data(),
                        options.source().from(),
                        options.source().columns())
                .with(options.source().form());
        requireAnother(OutputFile.behindLinks(out), source.files(), out);
        Conversion[] conversion = new Conversion[1];
        long lines = terminal.interactive() ? DataLines.count(source.files()) : 0;
        try (Progress progress = terminal.progress("Rows", lines)) {
            OutputFile.write(out, channel -> conversion[0] = write(options, source, channel, progress));
        }
        new ConversionText(conversion[0], options, terminal).show();
        return 0;
    }

    private static void requireAnother(Path target, List<Path> files, Path asked) throws IOException {
        for (Path file : files) {
            if (Files.exists(target) && Files.isSameFile(file, target)) {
                throw new InputException("out is " + asked + ", which is read as data; name another file.");
            }
        }
    }

    private static Conversion write(
            ConvertOptions options, RowSource source, WritableByteChannel channel, Progress progress)
            throws IOException {
        boolean packed = options.out().toString().endsWith(".gz");
        OutputStream plain = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
        OutputStream lines = packed ? new GZIPOutputStream(plain, 1 << 16) : plain;
        try {
            Conversion conversion = Converter.convert(
                    source, options.rules(), row -> append(lines, RowLine.of(row)), progress::advance);
            if (lines instanceof GZIPOutputStream gzip) {
                gzip.finish();
            }
            plain.flush();
            return conversion;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static void append(OutputStream lines, byte[] line) {
        try {
            lines.write(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Shows what a conversion did: layouts, rows before and after, counts and reasons. */
    private record ConversionText(Conversion conversion, ConvertOptions options, Terminal terminal) {
        private static final int LONGEST = 400;
        private static final int PLACES = 3;

        void show() {
            for (Conversion.Source source : conversion.sources()) {
                terminal.print(format(
                        "%s: layout %s, %d rows (%s)",
                        source.file(), source.layout(), source.rows(), source.evidence()));
            }
            conversion.samples().forEach(this::print);
            terminal.print("");
            terminal.print(format(
                    "%d rows read = %d converted + %d left out; %d rows of layout %s written to %s",
                    conversion.rows(),
                    conversion.converted(),
                    conversion.rows() - conversion.converted(),
                    conversion.written(),
                    options.to().label(),
                    options.out()));
            Map<String, List<LeftOut>> named =
                    conversion.leftOut().stream().collect(Collectors.groupingBy(LeftOut::reason));
            conversion
                    .reasons()
                    .forEach((reason, rows) -> terminal.print(format(
                            "  %d left out: %s (%s)",
                            rows, reason, places(named.getOrDefault(reason, List.of()), rows))));
            conversion
                    .pairsLeftOut()
                    .forEach((reason, count) -> terminal.print(
                            format("  pairs not made of rows that gave others: %d (%s)", count, reason)));
            conversion
                    .notes()
                    .forEach((sentence, count) -> terminal.log(format("Note: in %d rows %s.", count, sentence)));
            if (!conversion.leftBehind().isEmpty()) {
                terminal.log("Note: the output has nothing of the keys " + String.join(", ", conversion.leftBehind())
                        + "; --map NAME={KEY} keeps one.");
            }
            terminal.result(document());
        }

        /** Names the first rows; of many files not every reason has one. */
        private static String places(List<LeftOut> named, int rows) {
            String first = named.stream()
                    .limit(PLACES)
                    .map(row -> row.file() + ":" + row.line())
                    .collect(Collectors.joining(", "));
            return rows > Math.min(PLACES, named.size()) ? (first.isEmpty() ? "…" : first + ", …") : first;
        }

        private void print(Sample sample) {
            terminal.print("");
            terminal.print(sample.place() + " as it was read");
            fields(sample.read());
            for (Map<String, @Nullable Object> written : sample.written()) {
                terminal.print("as it is written");
                fields(written);
            }
        }

        private void fields(Map<String, ? extends @Nullable Object> fields) {
            fields.forEach((name, value) -> terminal.print("  " + name + ": " + rendered(value)));
        }

        /** A text as it is; messages with a line for each turn; anything else as JSON. */
        private static String rendered(@Nullable Object value) {
            if (value instanceof Map<?, ?> map && map.get("messages") instanceof List<?> messages) {
                return rendered(messages);
            }
            if (value instanceof List<?> list
                    && !list.isEmpty()
                    && list.stream().allMatch(ConversionText::isTurn)) {
                return list.stream().map(ConversionText::turn).collect(Collectors.joining());
            }
            return shortened(value instanceof String text ? text : RowLine.text(value))
                    .replace("\n", "\n    ");
        }

        private static boolean isTurn(@Nullable Object value) {
            return value instanceof Map<?, ?> map
                    && map.get("role") instanceof String
                    && map.get("content") instanceof String;
        }

        private static String turn(@Nullable Object value) {
            Map<?, ?> map = (Map<?, ?>) Objects.requireNonNull(value);
            return "\n    " + map.get("role") + ": "
                    + shortened(String.valueOf(map.get("content"))).replace("\n", "\n      ");
        }

        private static String shortened(String text) {
            if (text.length() <= LONGEST) {
                return text;
            }
            int end = Character.isHighSurrogate(text.charAt(LONGEST - 1)) ? LONGEST - 1 : LONGEST;
            return text.substring(0, end) + "…";
        }

        private Map<String, Object> document() {
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("out", options.out().toString());
            document.put("to", options.to().label());
            document.put("files", conversion.sources());
            document.put("rows_in", conversion.rows());
            document.put("rows_converted", conversion.converted());
            document.put("rows_out", conversion.written());
            document.put("left_out", conversion.leftOut());
            document.put("left_out_by_reason", conversion.reasons());
            document.put("pairs_left_out", conversion.pairsLeftOut());
            document.put("notes", conversion.notes());
            document.put("keys_left_behind", conversion.leftBehind());
            document.put("samples", conversion.samples());
            return document;
        }
    }
}

package org.align4j.core.cli.data;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.align4j.core.cli.Command;
import org.align4j.core.data.convert.Conversion;
import org.align4j.core.data.convert.Converter;
import org.align4j.core.data.file.DataLines;
import org.align4j.core.data.file.RowLine;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.error.InputException;
import org.align4j.core.files.OutputFile;
import org.align4j.core.session.console.DataDownload;
import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;

/** {@code align convert}: rows of any layout written in another one. */
public final class ConvertCommand implements Command<ConvertOptions> {
    @Override
    public String name() {
        return "convert";
    }

    @Override
    public String summary() {
        return "write rows of any layout in another one";
    }

    @Override
    public Class<ConvertOptions> options() {
        return ConvertOptions.class;
    }

    @Override
    public int run(ConvertOptions options, Terminal terminal) throws IOException {
        Path out = options.out();
        DataDownload.run(options.data(), terminal);
        RowSource source = RowSource.of("data", options.data(), options.from(), options.columns())
                .with(options.form());
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
}

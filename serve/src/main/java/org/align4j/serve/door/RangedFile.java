package org.align4j.serve.door;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Answers with a file, whole or the part that a {@code Range} asks for, so that a download that broke off can go on.
 *
 * @param content the file
 * @param type its media type
 */
public record RangedFile(Path content, String type) {
    private static final int PARTIAL = 206;
    private static final int UNSATISFIABLE = 416;
    private static final int PIECE = 1 << 16;
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    /**
     * Sends the file.
     *
     * @throws Refusal 416 where the range begins behind the file's end
     */
    public void send(Context ctx) throws IOException {
        long size = Files.size(content);
        long[] range = range(ctx.header("Range"), size);
        ctx.header("Accept-Ranges", "bytes").header("Content-Disposition", "attachment");
        ctx.contentType(type);
        long from = 0;
        long to = size - 1;
        if (range != null) {
            from = range[0];
            to = range[1];
            ctx.status(PARTIAL).header("Content-Range", "bytes " + from + "-" + to + "/" + size);
        }
        ctx.res().setContentLengthLong(to - from + 1);
        try (InputStream in = Files.newInputStream(content)) {
            in.skipNBytes(from);
            copy(in, ctx.res().getOutputStream(), to - from + 1);
        }
    }

    /** Returns the first and the last byte that are asked for; null for all, also where several ranges are. */
    private static long @Nullable [] range(@Nullable String header, long size) {
        Matcher asked = RANGE.matcher(header == null ? "" : header.strip());
        if (!asked.matches() || (asked.group(1).isEmpty() && asked.group(2).isEmpty())) {
            return null;
        }
        if (asked.group(1).isEmpty()) {
            long last = Math.min(size, Long.parseLong(asked.group(2)));
            return last == 0 ? unsatisfiable(size) : new long[] {size - last, size - 1};
        }
        long from = Long.parseLong(asked.group(1));
        long to = asked.group(2).isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(asked.group(2)));
        return from >= size || to < from ? unsatisfiable(size) : new long[] {from, to};
    }

    private static long[] unsatisfiable(long size) {
        throw new Refusal(
                UNSATISFIABLE,
                "The Range asks for bytes that the file doesn't have; it has " + size + ".",
                Map.of("Content-Range", "bytes */" + size));
    }

    private static void copy(InputStream in, OutputStream out, long count) throws IOException {
        byte[] piece = new byte[PIECE];
        for (long left = count; left > 0; ) {
            int read = in.read(piece, 0, (int) Math.min(piece.length, left));
            if (read < 0) {
                throw new IOException("the file became shorter while it was sent");
            }
            out.write(piece, 0, read);
            left -= read;
        }
    }
}
